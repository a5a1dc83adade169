"""Every code an operator can meet, with its meaning and what to do; docs/errors.md is written from it."""

from dataclasses import dataclass

from messages.orders import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code: the gate it belongs to, what it means, what to do about it."""

    code: str
    gate: str
    meaning: str
    remedy: str


def _entries(*rows: tuple[str, str, str, str]) -> dict[str, Entry]:
    return {row[0]: Entry(code=row[0], gate=row[1], meaning=row[2], remedy=row[3]) for row in rows}


CATALOGUE = _entries(
    # 1xx: the order itself
    ("SB-101", "ids", "an id is empty or malformed", "use 1 to 128 of A-Z a-z 0-9 . _ : -, and not . or .."),
    (
        "SB-102",
        "destination",
        "the destination is no URI that can be transferred to",
        "use genesys:, sip:, sips: or tel:, e.g. genesys://user/<id>, and no spaces or passwords",
    ),
    ("SB-103", "codec", "the gateway does not support the codec", "choose one of the supported codecs"),
    ("SB-104", "bandwidth", "audio and video together need too much bandwidth", "lower bandwidth_kbps"),
    ("SB-105", "video", "the video has too many frames a second, or none", "lower fps, or leave video out"),
    ("SB-106", "deadline", "nothing can happen within that deadline", "give deadline_s between 0.1 and 600"),
    ("SB-107", "media", "a number of the media matrix is not above zero", "give a positive number"),
    (
        "SB-108",
        "request_id",
        "the request_id is already on record for a different order",
        "leave request_id out, or use a fresh UUID; `command show` has the first order",
    ),
    ("SB-109", "prompt", "the prompt_key is no prompt's name", "use 1 to 128 of A-Z a-z 0-9 . _ -, and no .."),
    ("SB-110", "volume", "the volume is out of bounds", "give a volume of 0 to 2; 1 is as recorded"),
    ("SB-111", "timeout", "nothing can be played within that timeout", "give timeout_s between 0.1 and 600"),
    (
        "SB-112",
        "audio_url",
        "Genesys must not be told to fetch that URL",
        "use an https URL of a public host without user, password or fragment, or list its target in "
        "SWITCHBOARD_URLS__ALLOW",
    ),
    ("SB-113", "audio_format", "the audio's file has another extension", "use a .wav, .mp3 or .ogg file"),
    ("SB-114", "duration", "the audio is empty or longer than a barge may be", "use 1 to 30000 ms of audio"),
    ("SB-115", "audio", "there is no audio file at that URL", "put the file there, or correct the URL"),
    ("SB-116", "audio", "the file is no audio, or damaged, cut off or empty", "put a whole WAV, MP3 or Ogg file there"),
    ("SB-117", "audio", "the file is of another format than its extension says", "convert or rename the file"),
    (
        "SB-118",
        "audio",
        "the audio file has too many bytes",
        "use a shorter or compressed file, or raise SWITCHBOARD_AUDIO__MAX_BYTES",
    ),
    ("SB-119", "cdn", "no CDN is configured to play prompts from", "set CDN_BASE_URL"),
    (
        "SB-120",
        "audio",
        "the audio file was not, or not fully, checked from here (a warning)",
        "see the message: Genesys may be able to play it all the same",
    ),
    (
        "SB-121",
        "duration",
        "the audio is longer than what is played of it (a warning)",
        "give a longer max_duration_ms, or use a shorter file",
    ),
    ("SB-122", "loudness", "the audio is too loud, clipped or silent (a warning)", "have the file mastered anew"),
    (
        "SB-123",
        "participant_id",
        "this dialect moves the whole interaction, and no single participant of it",
        "leave participant_id (--participant) out",
    ),
    (
        "SB-130",
        "action_type",
        "Agent Assist has no such action",
        "use knowledge_search, document_extraction or sentiment_analysis",
    ),
    (
        "SB-131",
        "parameter_matrix",
        "a parameter is missing, null or of the wrong type",
        "give query (a string) to knowledge_search, documentId (a string) to document_extraction, and no nulls",
    ),
    (
        "SB-132",
        "execution_context",
        "the execution context does not say who the action is for",
        "give agentId, sessionId and interactionType",
    ),
    ("SB-133", "correlation_id", "the correlation id is no UUID 4", "leave correlation_id out, or use a UUID 4"),
    ("SB-134", "max_retries", "the number of retries is out of bounds", "give max_retries of 0 to 3"),
    (
        "SB-135",
        "correlation_id",
        "another action with this correlation id is under way",
        "wait for its end, leave correlation_id out, or use a fresh UUID 4",
    ),
    ("SB-140", "stream", "there is no such audio stream", "see `stream list`; streams that ended are kept for a while"),
    (
        "SB-141",
        "stream",
        "the audio stream has ended",
        "see `stream show` for how it ended, `stream list` for live ones",
    ),
    ("SB-142", "stream", "nothing can be played into that call", "use an AudioHook session with one channel"),
    (
        "SB-143",
        "stream",
        "the file cannot be played into a call",
        "give a WAV file of one channel at 8000 Hz, 16-bit PCM or G.711 mu-law, of 120 s at most",
    ),
    # 2xx: what Genesys says
    ("SB-201", "pre-flight", "Genesys knows no such interaction", "check the interaction's id and the organisation"),
    ("SB-202", "pre-flight", "the interaction cannot be transferred any more", "it has to be active or queued"),
    ("SB-203", "codec", "the far end supports none of our codecs", "check what the destination can take"),
    ("SB-204", "gateway", "Genesys refused the transfer", "see the status that it gave"),
    (
        "SB-205",
        "gateway",
        "Genesys did not answer the transfer in time (negotiation_timeout)",
        "the transfer may have happened: look at the interaction before you repeat it",
    ),
    (
        "SB-206",
        "rate",
        "Genesys asks us to slow down",
        "try again after the time it names; see `budget show`, for Agent Assist `actor show assist`",
    ),
    ("SB-207", "breaker", "Genesys failed too often in a row; nothing is sent for now", "try again in half a minute"),
    ("SB-208", "credentials", "Genesys refuses our credentials or scope", "see `token status`; fix the OAuth client"),
    ("SB-209", "pre-flight", "Genesys could not be asked about the interaction", "try again; see `gateway status`"),
    (
        "SB-210",
        "session",
        "the connection broke each time before Genesys answered",
        "the transfer may have happened: look at the interaction before you repeat it",
    ),
    ("SB-211", "pre-flight", "Genesys answered something that is not in its contract", "report it with the log"),
    (
        "SB-212",
        "session",
        "there was no connection to Genesys in time",
        "see `gateway status` for what is wrong, `session list` for the last error",
    ),
    ("SB-213", "request_rejected", "Genesys rejected the request itself", "see the HTTP status and the log"),
    ("SB-214", "state", "the conversation is not active", "barge in while the call is active"),
    (
        "SB-215",
        "consent",
        "the participant has not consented to supervision",
        "have the consent attribute of the participant set to the text true first; nothing was sent",
    ),
    (
        "SB-216",
        "language",
        "the participant's language is no BCP 47 tag",
        "set the attribute language in Genesys to a tag like en or pt-br",
    ),
    ("SB-217", "playback", "Genesys could not play the prompt", "check the file and the codecs that it takes there"),
    (
        "SB-218",
        "playback",
        "the end of the playback was not heard of in time",
        "it may still be playing; for a long prompt give a longer timeout_s and deadline_s",
    ),
    ("SB-219", "pre-flight", "Genesys knows no such conversation or participant", "check both ids"),
    (
        "SB-220",
        "dispatch",
        "Genesys did not say whether it plays the audio",
        "the audio may have been heard: look at the interaction before you repeat it",
    ),
    ("SB-221", "state", "the interaction is over", "play while the interaction lasts"),
    (
        "SB-222",
        "playback",
        "events of the playback were lost, and how it ended could not be read back",
        "the prompt may have been heard: look at the interaction before you repeat it",
    ),
    ("SB-223", "dispatch", "Genesys could not be reached; nothing was sent", "try again; see `gateway status`"),
    (
        "SB-224",
        "playback",
        "Genesys refused to tell the playback's events; nothing was played",
        "check the interaction's id and the OAuth client's scopes",
    ),
    (
        "SB-230",
        "slot",
        "no slot became free in time (slot_timeout)",
        "nothing was sent; trigger less at a time, or raise `assist limit` as far as the tenant allows",
    ),
    (
        "SB-231",
        "slot",
        "as many actions wait for a slot as may (busy)",
        "nothing was sent; give the order again in a moment, or raise SWITCHBOARD_ASSIST__QUEUE",
    ),
    (
        "SB-232",
        "engine",
        "the engine did not answer the action in time (action_timeout)",
        "the action may have been carried out: look at the agent's session before you repeat it",
    ),
    ("SB-233", "engine", "the engine refused the action", "see its words; nothing was carried out"),
    ("SB-234", "engine", "the engine failed at the action", "try again; see `session list`"),
    ("SB-235", "session", "the engine does not take the session", "see its words, `session list` and `token status`"),
    ("SB-236", "session", "the action could not be sent", "nothing was sent; try again, and see `session list`"),
    (
        "SB-237",
        "session",
        "the connection broke while the engine was at the action",
        "the action may have been carried out: look at the agent's session before you repeat it",
    ),
    # 3xx: time
    ("SB-301", "deadline", "the order's deadline passed", "give a longer deadline_s, or see `gateway status`"),
    # 5xx: this gateway
    (
        "SB-501",
        "restart",
        "the gateway stopped in the middle of the order, and it cannot be told what became of it",
        "the effect may have happened: look at the interaction before you repeat it",
    ),
    (
        "SB-502",
        "restart",
        "the order was resumed too often",
        "it may be what makes the gateway fail: report it with the log",
    ),
    (
        "SB-503",
        "delivery",
        "the order reached nobody who could carry it out",
        "nothing was sent; give the order again with a new request_id",
    ),
    (
        "SB-504",
        "drain",
        "the gateway was told to stop before the order had ended",
        "the effect may have happened: look at the interaction before you repeat it",
    ),
    (
        "SB-505",
        "journal",
        "the order on record cannot be read by this version",
        "look up with Genesys whether it took effect, then give it again with a new request_id",
    ),
    (
        "SB-506",
        "journal",
        "the journal has as much to write as it may hold (busy)",
        "nothing was sent; give the order again in a moment, and see `gateway tree` for the journal's mailbox",
    ),
)


def reason(code: str, message: str = "", remedy: str = "") -> Reason:
    """The reason of `code`, in its own words or the catalogue's."""
    entry = CATALOGUE[code]
    return Reason(code=code, gate=entry.gate, message=message or entry.meaning, remedy=remedy or entry.remedy)
