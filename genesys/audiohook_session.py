"""One AudioHook session without its socket: what the client sends goes in, what is to be done comes out.

Only this module numbers messages, so nothing may be built before it is about to be written.
Source: genesys-platform 3.3 to 3.10.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import orjson

from genesys import audiohook_messages as messages
from genesys.audiohook import EVENTFUL, LISTENING, LIVE, WORKING, Heard, NoStep, Phase, advance
from genesys.audiohook_durations import ZERO, write_duration
from genesys.audiohook_effects import Begun, Broken, Effect, Flush, Hush, Noted, Say, Skipped, SlowDown, Spoken
from genesys.audiohook_media import Media, Position, choose
from genesys.audiohook_messages import Breach, Open

Farewell = Literal["completed", "unauthorized", "error"]

EVENTS_REFUSED = "event messages are not allowed"  # of the error 400 with which Monitor answers events
SLOW_DOWN_S = 5.0  # after a 429 without retryAfter; ours
LONGEST_INFO = 200  # characters kept of what the client tells
ACTIVE = Phase.ACTIVE
SAYS = {"completed": Heard.COMPLETED, "unauthorized": Heard.REFUSED, "error": Heard.FAILED}


class Session:
    """State, numbers and position of one session.

    `id` as the client writes it, `organization_id` in lower case; `languages` empty: calls in all are taken.
    """

    __slots__ = (
        "_clientseq",
        "_frame_bytes",
        "_hushed",
        "_languages",
        "_organization_id",
        "_pause_asked",
        "_seq",
        "_stereo",
        "id",
        "media",
        "phase",
        "position",
    )

    def __init__(self, *, id: str, organization_id: str, languages: Sequence[str] = (), stereo: bool = True) -> None:  # noqa: A002
        self.id = id
        self.phase = Phase.PREPARING
        self.media: Media | None = None
        self.position = Position()
        self._organization_id = organization_id
        self._languages = tuple(languages)
        self._stereo = stereo
        self._frame_bytes = 0
        self._seq = self._clientseq = 0
        self._hushed = self._pause_asked = False

    # --- what comes in

    def audio(self, size: int) -> tuple[Effect, ...] | None:
        """A binary message of `size` bytes: None means that it is audio to be used."""
        if self.phase is ACTIVE and self._frame_bytes and not size % self._frame_bytes:
            self.position.samples += size // self._frame_bytes
            return None
        return self._odd_audio()

    def hear(self, text: bytes) -> tuple[Effect, ...]:
        """One text message; of any bytes."""
        before = self.phase
        try:
            envelope = messages.read_envelope(text)
            self._check(envelope)
            heard, message = messages.read_message(envelope)
            self.phase = advance(before, heard)
        except Breach as breach:
            return self._broken(breach.info)
        except NoStep as wrong:
            return self._broken(f"Unexpected message: {wrong}")
        return self._react(before, message, envelope.position_s)

    def gone(self) -> None:
        """The socket is no more."""
        self.phase = advance(self.phase, Heard.GONE)

    # --- what goes out of our own accord; None: there is no place for it now

    def event(self, entities: Sequence[bytes]) -> bytes | None:
        """An `event` message of encoded entities."""
        if self._hushed or self.phase not in EVENTFUL:
            return None
        return self._write("event", {"entities": [orjson.Fragment(entity) for entity in entities]})

    def disconnect(self, reason: Farewell, info: str = "", outputs: Mapping[str, str] | None = None) -> bytes | None:
        """`disconnect`, said once; after it the client's `close` is waited for."""
        before, self.phase = self.phase, advance(self.phase, SAYS[reason])
        if self.phase is before:
            return None
        parameters: dict[str, Any] = {"reason": reason}
        if info:
            parameters["info"] = info
        if outputs:
            parameters["outputVariables"] = {**outputs}
        return self._write("disconnect", parameters)

    def closed(self) -> bytes | None:
        """`closed`: the last word, once everything pending has been written."""
        if self.phase is not Phase.CLOSING:
            return None
        self.phase = advance(self.phase, Heard.CLOSED)
        return self._write("closed", {})

    # --- how it is done

    def _check(self, envelope: messages.Envelope) -> None:
        """Numbers and id; once we have said our last word but one, only `close` still matters, whatever its number."""
        if self.phase not in WORKING:
            self._clientseq = max(self._clientseq, envelope.seq)
            return
        if envelope.seq != self._clientseq + 1:
            raise Breach("Invalid seq value (not monotonically increasing)")
        self._clientseq = envelope.seq
        if envelope.serverseq > self._seq:
            raise Breach("Invalid serverseq value")
        if envelope.id.lower() != self.id.lower():
            raise Breach("Session identifier mismatch")

    def _broken(self, info: str) -> tuple[Effect, ...]:
        before, self.phase = self.phase, advance(self.phase, Heard.BREACH)
        if self.phase is before:
            return ()
        said = self._write("disconnect", {"reason": "error", "info": f"Client Error: {info}"})
        return Say(frame=said), Broken(info=info)

    def _odd_audio(self) -> tuple[Effect, ...]:
        try:
            self.phase = advance(self.phase, Heard.AUDIO)
        except NoStep:
            return self._broken(f"Received audio in state {self.phase.name}")
        if self.phase is not ACTIVE:
            return ()
        if not self._frame_bytes:
            return self._broken("Unexpected binary message: No media selected")
        return self._broken("Binary data not a valid audio frame: no whole samples of every channel")

    def _react(self, before: Phase, message: messages.Message, position_s: Fraction) -> tuple[Effect, ...]:
        # In a pause some clients count what they do not send, others only once it is over: it says nothing.
        sent = (position_s,) if before is ACTIVE else ()
        if not isinstance(message, messages.Resumed | messages.Discarded):
            self.position.told(*sent)
        match message:
            case messages.Ping():
                return (Say(frame=self._write("pong", {})),) if before in LISTENING else ()
            case messages.Close():
                return (Flush(reason=message.reason),) if self.phase is not before else ()
            case Open():
                return self._open(message, position_s) if before is Phase.PREPARING else ()
            case messages.Complaint():
                return self._complaint(message)
            case _:
                return self._live(message, sent) if before in LIVE else ()

    def _live(self, message: messages.Message, sent: tuple[Fraction, ...]) -> tuple[Effect, ...]:
        match message:
            case messages.Update():
                return self._update(message.language)
            case messages.Paused():
                return (Noted(what="paused", data={"asked": self._pause_asked}),)
            case messages.Resumed():
                return Noted(what="resumed"), *self._skip(message, sent)
            case messages.Discarded():
                return self._skip(message, sent)
            case messages.Dtmf():  # never the digit: it may be one of a card's
                return (Noted(what="dtmf"),)
            case messages.PlaybackStarted():
                return (Noted(what="playback.started"),)
            case messages.PlaybackCompleted():
                return (Noted(what="playback.completed"),)
            case _:
                return ()

    def _open(self, opening: Open, position_s: Fraction) -> tuple[Effect, ...]:
        if opening.organization_id != self._organization_id:
            info = "organizationId is not the Audiohook-Organization-Id of the upgrade"
            said = self.disconnect("unauthorized", info)
            return (*([Say(frame=said)] if said else []), Broken(info=info))
        self.media = None if opening.probe else choose(opening.media, stereo=self._stereo)
        self._pause_asked = self.media is not None and not self._speaks(opening.language)
        self.phase = advance(self.phase, Heard.OPENED_PAUSED if self._pause_asked else Heard.OPENED)
        self.position = Position(position_s)
        self._frame_bytes = self.media.frame_bytes if self.media else 0
        said = self._write("opened", self._opened(opening))
        return Say(frame=said), Begun(opening=opening, media=self.media), *self._declared(opening.language)

    def _opened(self, opening: Open) -> dict[str, Any]:
        parameters: dict[str, Any] = {"media": [self.media.raw] if self.media else []}
        if self._pause_asked:
            parameters["startPaused"] = True
        if opening.wants_languages:
            parameters["supportedLanguages"] = [*self._languages]
        return parameters

    def _declared(self, language: str | None) -> tuple[Effect, ...]:
        if self._pause_asked:
            return (Noted(what="language.unsupported", data={"language": language}),)
        return (Spoken(language=language),) if language else ()

    def _speaks(self, language: str | None) -> bool:
        """Whether we take calls in `language`; a call that declares none is taken. Source: RFC 4647 section 3.3.1."""
        if not self._languages or language is None:
            return True
        return any(f"{language}-".lower().startswith(f"{each}-".lower()) for each in self._languages)

    def _update(self, language: str | None) -> tuple[Effect, ...]:
        if self.media and self._languages and (language is None or not self._speaks(language)):
            self._pause_asked = True
            return Say(frame=self._write("pause", {})), *self._declared(language)
        says = [Say(frame=self._write("updated", {}))]
        if self._pause_asked:
            self._pause_asked = False
            says.append(Say(frame=self._write("resume", {})))
        return *says, *self._declared(language)

    def _skip(self, lost: messages.Resumed | messages.Discarded, sent: tuple[Fraction, ...]) -> tuple[Effect, ...]:
        """Whatever the client says was lost: what counts is where its next sample is, and where we expected it."""
        start_s, discarded_s = lost.start_s, lost.discarded_s
        begins, ends = self.position.skipped(start_s, discarded_s, *sent)
        if begins == ends and discarded_s == ZERO:
            return ()
        told = Noted(
            what="discarded", data={"start": write_duration(start_s), "discarded": write_duration(discarded_s)}
        )
        return (told,) if begins == ends else (Skipped(begins=begins, ends=ends), told)

    def _complaint(self, complaint: messages.Complaint) -> tuple[Effect, ...]:
        words = complaint.message[:LONGEST_INFO]
        noted = Noted(what="error", data={"code": complaint.code, "message": words})
        if complaint.code == 400 and EVENTS_REFUSED in complaint.message.lower():
            self._hushed = True
            return noted, Hush()
        if complaint.code == 429:
            wait_s = SLOW_DOWN_S if complaint.retry_after_s is None else float(complaint.retry_after_s)
            return noted, SlowDown(for_s=wait_s)
        return (noted,)

    def _write(self, kind: str, parameters: Mapping[str, Any]) -> bytes:
        self._seq += 1
        return messages.write_message(kind, id=self.id, seq=self._seq, clientseq=self._clientseq, parameters=parameters)
