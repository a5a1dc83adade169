"""Which playbacks are asked for at all, how one proceeds, and why it ended badly. Source: seed 001; contracts 2."""

from collections.abc import Iterator
from typing import Literal

from messages.orders import Reason, Status
from messages.playbacks import PlaybackProgress, PlayPrompt, State
from rules.catalogue import reason
from rules.fields import id_objections, shown
from rules.prompts import is_prompt_key
from rules.transfers import DEADLINES_S, deadline_objections

VOLUMES = (0.0, 2.0)  # ours: Genesys names no limit, and twice the recorded amplitude is as much as ears should get

Phase = Literal["asked", "buffering", "playing", "completed", "error"]
ENDED: frozenset[Phase] = frozenset({"completed", "error"})


def objections(order: PlayPrompt) -> tuple[Reason, ...]:
    """Every reason to refuse `order`, in field order; empty means Genesys may be asked about the interaction."""
    return (
        *id_objections(order, interaction_id=order.interaction_id),
        *_prompt_objections(order),
        *_timeout_objections(order.timeout_s),
        *deadline_objections(order.deadline_s),
    )


def advance(phase: Phase, heard: State) -> Phase:
    """The phase after `heard`: buffering may follow playing, nothing follows an end."""
    return phase if phase in ENDED else heard


def subscription_refused(detail: str) -> Reason:
    """Genesys wants to tell no events: nothing is played that cannot be followed."""
    return reason("SB-224", f"Genesys refused the subscription to playback events: {detail}")


def play_failed(told: PlaybackProgress) -> Reason:
    """Genesys reported the state `error`."""
    return reason("SB-217", f"Genesys could not play the prompt: {told.error}" if told.error else "")


def play_overdue(order: PlayPrompt, phase: Phase) -> Reason:
    """No end was heard of in time."""
    last = "nothing was heard of it" if phase == "asked" else f"it was last {phase}"
    return reason("SB-218", f"the prompt did not end within {order.timeout_s:g} s: {last}")


def play_lost(why: str) -> Reason:
    """Events were lost, and how the playback ended could not be read back."""
    return reason("SB-222", f"events of the playback were lost and its state could not be read back: {why}")


def unheard(order: PlayPrompt, phase: Phase, look_failed: Reason | None) -> tuple[Status, Reason]:
    """How a playback ends of whose end nothing was heard in time; `look_failed`: nor could it be read back."""
    if look_failed is not None:
        return "interrupted", play_lost(look_failed.message)
    return "failed", play_overdue(order, phase)


def _prompt_objections(order: PlayPrompt) -> Iterator[Reason]:
    if not is_prompt_key(order.prompt_key):
        yield reason("SB-109", f"prompt_key {shown(order.prompt_key)} is no prompt's name")
    least, most = VOLUMES
    if not least <= order.volume <= most:
        yield reason("SB-110", f"volume is {order.volume:g}: it has to be {least:g} to {most:g}")


def _timeout_objections(timeout_s: float) -> Iterator[Reason]:
    shortest, longest = DEADLINES_S
    if not shortest <= timeout_s <= longest:
        yield reason("SB-111", f"timeout_s is {timeout_s:g}: it has to be {shortest:g} to {longest:g} seconds")
