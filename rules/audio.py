"""What it means for an order what its audio file is: a reason to refuse it, something to mention, or nothing.

A file that is missing or unfit is refused; one that could not be looked at from here is not, since it is Genesys that
fetches it. Numbers are about the file itself, never about what the order says of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

from messages.audio import AudioFacts, AudioInspected, AudioLoudness, AudioProblem, InspectAudio
from messages.orders import Reason
from rules.audio_urls import extension
from rules.catalogue import reason

T = TypeVar("T")

MAX_LUFS = -14.0  # ours: what streaming services play at; speech is well understood from -24 up
MAX_TRUE_PEAK_DBTP = -1.0  # EBU R 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessLimits:
    """From where on a file is too loud: integrated loudness and true peak."""

    max_lufs: float = MAX_LUFS
    max_true_peak_dbtp: float = MAX_TRUE_PEAK_DBTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an extension promises; any codec of the container where `codecs` is empty."""

    container: str
    codecs: frozenset[str] = frozenset()


EXPECTED: Mapping[str, Expected] = {
    "wav": Expected(container="wav"),
    "mp3": Expected(container="mp3"),
    "ogg": Expected(container="ogg", codecs=frozenset({"vorbis", "opus"})),
    "oga": Expected(container="ogg", codecs=frozenset({"vorbis", "opus"})),
    "opus": Expected(container="ogg", codecs=frozenset({"opus"})),
}

UNFIT = {"missing": "SB-115", "not_audio": "SB-116", "broken": "SB-116", "empty": "SB-116", "too_big": "SB-118"}
INSPECTOR_SPARE_S = 1.0  # how much later than promised an inspector may answer
FORBIDDEN, NOT_CHECKED, CUT, LOUD = "SB-112", "SB-120", "SB-121", "SB-122"


def judge(asked: InspectAudio, found: AudioFacts | AudioProblem, limits: LoudnessLimits) -> AudioInspected:
    """What `found` means for whoever asked."""
    if isinstance(found, AudioProblem):
        refusals, warnings = _of_problem(asked, found)
        return AudioInspected(
            inspection_id=asked.inspection_id, facts=None, refusals=tuple(refusals), warnings=tuple(warnings)
        )
    return AudioInspected(
        inspection_id=asked.inspection_id,
        facts=found,
        refusals=(*_format_objections(asked.url, found), *_length_objections(asked.longest_ms, found)),
        warnings=(*_cut(asked, found), *_loudness_remarks(asked, found.loudness, limits)),
    )


def unchecked(why: str) -> Reason:
    """The file could not be looked at; says nothing about it."""
    return reason(NOT_CHECKED, f"the audio file was not checked: {why}")


def uninspected(inspection_id: str) -> AudioInspected:
    """What an asker takes for the answer of an inspector who gives none."""
    return AudioInspected(inspection_id=inspection_id, facts=None, warnings=(unchecked("it took too long"),))


def chosen(url: str, inspectors: Sequence[T]) -> T:
    """Who looks at `url`: always the same one, who remembers it."""
    return inspectors[crc32(url.encode()) % len(inspectors)]


def _of_problem(asked: InspectAudio, problem: AudioProblem) -> tuple[list[Reason], list[Reason]]:
    if problem.trouble == "unreachable":
        return [], [unchecked(problem.detail)]
    if problem.trouble == "forbidden":
        return [reason(FORBIDDEN, f"the audio file may not be fetched: {problem.detail}")], []
    if problem.trouble == "not_audio" and extension(asked.url).lower() not in EXPECTED:
        return [], [unchecked(f"nothing is known here about such files; {problem.detail}")]
    return [reason(UNFIT[problem.trouble], f"the audio file cannot be played: {problem.detail}")], []


def _format_objections(url: str, facts: AudioFacts) -> Iterator[Reason]:
    named = extension(url).lower()
    expected = EXPECTED.get(named)
    if expected is None or (
        facts.container == expected.container and (not expected.codecs or facts.codec in expected.codecs)
    ):
        return
    yield reason("SB-117", f"the file is called .{named} and is {_form(facts)}")


def _form(facts: AudioFacts) -> str:
    return facts.container if facts.container == facts.codec else f"{facts.codec} in {facts.container}"


def _length_objections(longest_ms: int | None, facts: AudioFacts) -> Iterator[Reason]:
    if longest_ms is not None and facts.duration_ms > longest_ms:
        yield reason("SB-114", f"the file lasts {_lasts(facts)}: it may have {longest_ms} ms at most")


def _cut(asked: InspectAudio, facts: AudioFacts) -> Iterator[Reason]:
    within = asked.longest_ms is None or facts.duration_ms <= asked.longest_ms
    if asked.asked_ms is not None and facts.duration_ms > asked.asked_ms and within:
        yield reason(CUT, f"the file lasts {_lasts(facts)}: only the first {asked.asked_ms} ms are heard")


def _lasts(facts: AudioFacts) -> str:
    return f"{'' if facts.exact else 'about '}{facts.duration_ms} ms"


def _loudness_remarks(asked: InspectAudio, loudness: AudioLoudness | None, limits: LoudnessLimits) -> Iterator[Reason]:
    if loudness is None:
        if asked.level == "full":
            yield unchecked("its loudness could not be measured")
        return
    lufs, peak = loudness.integrated_lufs, loudness.true_peak_dbtp
    if peak is None:
        yield reason(LOUD, "the file is silent")
    elif lufs is not None and lufs > limits.max_lufs:
        yield reason(LOUD, f"the file is too loud: {lufs:g} LUFS, {limits.max_lufs:g} are enough")
    if peak is not None and peak > limits.max_true_peak_dbtp:
        yield reason(LOUD, f"the file peaks at {peak:g} dBTP: {limits.max_true_peak_dbtp:g} are enough")
    if loudness.clipped_samples:
        yield reason(LOUD, f"the file is clipped: {loudness.clipped_samples} samples at full scale")
