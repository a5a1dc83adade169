"""Which prompts are there: the plan of a check, and what its findings amount to."""

from collections import Counter
from collections.abc import Iterator, Mapping

from messages.audio import AudioFacts, AudioInspected
from messages.base import Json
from messages.orders import Reason
from messages.playbacks import Listener
from messages.prompts import CellState, CheckPrompts, PromptCell, PromptRow, PromptsRefused
from rules.audio import LOUD, unchecked
from rules.audio_urls import extension
from rules.fields import shown
from rules.languages import language_tag
from rules.prompts import CODEC, is_prompt_key, prompt_url

MOST_CELLS = 2_000  # ours: files of one check
LONGEST_S = 600.0  # ours: of one check
STATES: tuple[CellState, ...] = ("present", "too_loud", "unfit", "missing", "unknown")


def refusal(check: CheckPrompts, cdn_base: str) -> PromptsRefused | None:
    """Why `check` is not begun; None where it is."""
    wrong = next(_objections(check, cdn_base), None)
    return PromptsRefused(message=wrong[0], remedy=wrong[1]) if wrong else None


def _objections(check: CheckPrompts, cdn_base: str) -> Iterator[tuple[str, str]]:
    if not cdn_base:
        yield "it is not known where the prompts are", "set CDN_BASE_URL"
    if check.level == "off":
        yield "nothing is looked at with the level off", "use the level headers or full"
    for key in check.keys:
        if not is_prompt_key(key):
            yield f"{shown(key)} is no prompt's name", "use 1 to 128 of A-Z a-z 0-9 . _ -, and no .."
    for language in check.languages:
        if language_tag(language) is None:
            yield f"{shown(language)} is no language", "use BCP 47 tags like en or pt-br"
    for codec in check.codecs:
        if not CODEC.fullmatch(codec):
            yield f"{shown(codec)} is no codec", "use names like mp3, opus or wav"
    cells = len(check.keys) * len(check.languages) * len(check.tiers) * len(check.codecs)
    if not 1 <= cells <= MOST_CELLS:
        yield f"that are {cells} files", f"ask for 1 to {MOST_CELLS}: prompts × languages × tiers × codecs"
    if not 0 < check.within_s <= LONGEST_S:
        yield f"within_s is {check.within_s:g}", f"give more than 0 and at most {LONGEST_S:g} seconds"


def plan(check: CheckPrompts, cdn_base: str) -> tuple[PromptCell, ...]:
    """Every file of a `check` that is not refused, each once, in the order of what was given."""
    cells = (
        PromptCell(
            key=key,
            language=language.lower(),
            tier=tier,
            codec=codec,
            url=prompt_url(cdn_base, Listener(language=language, tier=tier, codecs=(codec,)), key),
        )
        for key in check.keys
        for language in check.languages
        for tier in check.tiers
        for codec in check.codecs
    )
    return tuple(dict.fromkeys(cells))


def row(cell: PromptCell, inspected: AudioInspected) -> PromptRow:
    """How it stands with one file."""
    reasons = (*inspected.refusals, *inspected.warnings)
    return PromptRow(cell=cell, state=_state(inspected), facts=inspected.facts, reasons=reasons)


def unknown(cell: PromptCell, why: str) -> PromptRow:
    """Nobody said how it stands with this file."""
    return PromptRow(cell=cell, state="unknown", facts=None, reasons=(unchecked(why),))


def _state(inspected: AudioInspected) -> CellState:
    codes = {reason.code for reason in inspected.refusals}
    if codes:
        return "missing" if codes == {"SB-115"} else "unfit"
    if inspected.facts is None:
        return "unknown"
    return "too_loud" if any(reason.code == LOUD for reason in inspected.warnings) else "present"


def matrix(rows: tuple[PromptRow, ...]) -> Mapping[str, Json]:
    """The rows and how many there are of each state, as the control socket tells them."""
    counts = Counter(row.state for row in rows)
    return {"prompts": [_told(row) for row in rows], "counts": {state: counts[state] for state in STATES}}


def _told(row: PromptRow) -> Mapping[str, Json]:
    cell = row.cell
    return {
        "prompt_key": cell.key,
        "language": cell.language,
        "tier": cell.tier,
        "codec": cell.codec,
        "state": row.state,
        "file": f"{cell.language}/{cell.tier}/{cell.key}.{extension(cell.url)}",
        "audio": facts_told(row.facts),
        "reasons": [_reason_told(reason) for reason in row.reasons],
    }


def facts_told(facts: AudioFacts | None) -> Mapping[str, Json] | None:
    """Facts as JSON, for a matrix or an outcome's `extra`."""
    if facts is None:
        return None
    loudness = facts.loudness
    return {
        "container": facts.container,
        "codec": facts.codec,
        "sample_rate_hz": facts.sample_rate_hz,
        "channels": facts.channels,
        "duration_ms": facts.duration_ms,
        "exact": facts.exact,
        "size_bytes": facts.size_bytes,
        "etag": facts.etag,
        "last_modified": facts.last_modified,
        "loudness": None
        if loudness is None
        else {
            "integrated_lufs": loudness.integrated_lufs,
            "true_peak_dbtp": loudness.true_peak_dbtp,
            "clipped_samples": loudness.clipped_samples,
            "measured_ms": loudness.measured_ms,
        },
    }


def _reason_told(reason: Reason) -> Mapping[str, Json]:
    return {"code": reason.code, "gate": reason.gate, "message": reason.message, "remedy": reason.remedy}
