"""playback, barge and prompts from the command line; on a terminal, a playback's states as they come."""

import re
from collections.abc import Callable
from threading import Event

import pytest

from actors.mailbox import MailboxFull
from control.cli import audio
from control.cli.line import Line, Wishes
from control.server import ControlServer
from messages.audio import AudioFacts
from messages.barges import InjectBarge, StreamMatrix
from messages.journal import Subscribe
from messages.orders import OrderSettled, Outcome, Reason, Status, Submit
from messages.playbacks import PlayPrompt
from messages.prompts import CheckPrompts, PromptCell, PromptRow, PromptsChecked, PromptsRefused
from tests.control.cli.conftest import Ctl, on_a_terminal
from tests.control.house import PATIENCE_S, FakeActor, FakeHouse, FakeJournal

PLAY = ("playback", "play", "i-1", "welcome")
INJECT = ("barge", "inject", "c-1", "p-1", "https://cdn.example/notice.wav")


def outcome(submit: Submit, status: Status = "succeeded", *reasons: Reason, detail: str = "played") -> Outcome:
    order = submit.order
    return Outcome(
        request_id=order.request_id, kind=order.kind, status=status, detail=detail, reasons=reasons, latency_ms=5.0
    )


class FakeWorker(FakeActor):
    """Tells the states it is given, and ends each order at once as `decide` says."""

    def __init__(self, name: str, journal: FakeJournal) -> None:
        super().__init__(name)
        self.decide: Callable[[Submit], Outcome] = outcome
        self.states: tuple[str, ...] = ()
        self._journal = journal

    def tell(self, message: object) -> None:
        super().tell(message)
        if isinstance(message, Submit):
            for state in self.states:
                self._journal.publish(f"playback.{state}", request_id="another", url="u")
                self._journal.publish(f"playback.{state}", request_id=message.order.request_id, url="u")
            if message.order.dry_run and message.reply_to is not None:
                message.reply_to.tell(OrderSettled(outcome=self.decide(message)))
            else:
                self._journal.end(self.decide(message))


@pytest.fixture
def worker(house: FakeHouse) -> FakeWorker:
    made = FakeWorker("worker", house.journal)
    house.actors |= {"playback": made, "barge": made}
    return made


# --- playback ------------------------------------------------------------------------------------------------------


def test_a_prompt_is_played_with_the_gateways_defaults(worker: FakeWorker, ctl: Ctl) -> None:
    worker.states = ("buffering", "playing", "completed")
    ran = ctl(*PLAY, "--request-id", "mine")
    assert (ran.code, ran.lines) == (0, ["✔ succeeded playback mine: played (5 ms)"])
    assert worker.hears().order == PlayPrompt(request_id="mine", interaction_id="i-1", prompt_key="welcome")


def test_the_help_says_that_one_prompt_is_played_and_many_are_checked(ctl: Ctl) -> None:
    assert "PROMPT..." not in ctl("playback", "play", "--help").out
    assert "PROMPT..." in ctl("prompts", "check", "--help").out


def test_every_option_reaches_the_order(worker: FakeWorker, ctl: Ctl) -> None:
    options = "--volume 0.5 --timeout 60 --request-id mine --deadline 90 --reason why"
    assert ctl(*PLAY, *options.split()).code == 0
    assert worker.hears().order == PlayPrompt(
        request_id="mine",
        deadline_s=90.0,
        reason="why",
        interaction_id="i-1",
        prompt_key="welcome",
        volume=0.5,
        timeout_s=60.0,
    )


def test_a_failure_tells_its_reason_and_remedy(worker: FakeWorker, ctl: Ctl) -> None:
    reason = Reason(code="SB-217", gate="playback", message="no such codec", remedy="check the file")
    worker.decide = lambda submit: outcome(submit, "failed", reason, detail="no such codec")
    ran = ctl(*PLAY, "--request-id", "mine")
    assert ran.code == 1
    assert ran.lines[1:] == ["  SB-217 playback: no such codec", "    → check the file"]


def test_json_is_the_outcome_and_nothing_else(worker: FakeWorker, ctl: Ctl) -> None:
    worker.states = ("buffering", "playing")
    assert ctl(*PLAY, "--json").json["status"] == "succeeded"


def test_every_order_has_an_id_of_its_own(worker: FakeWorker, ctl: Ctl) -> None:
    ctl(*PLAY)
    ctl(*PLAY)
    assert worker.hears().order.request_id != worker.hears().order.request_id


def plain(lines: list[str]) -> list[str]:
    """Without colours."""
    return [re.sub(r"\x1b\[\d+m", "", line) for line in lines]


def test_a_terminal_shows_the_states_of_this_playback_before_its_outcome(
    house: FakeHouse, worker: FakeWorker, door: ControlServer
) -> None:
    worker.states = ("buffering", "playing", "completed")
    code, lines = on_a_terminal(house, *PLAY, "--request-id", "mine")
    assert plain(lines) == ["… buffering", "… playing", "✔ completed", "✔ succeeded playback mine: played (5 ms)"]
    assert code == 0


def test_a_terminal_shows_a_dry_run_without_states(house: FakeHouse, worker: FakeWorker, door: ControlServer) -> None:
    worker.states = ("buffering",)
    code, lines = on_a_terminal(house, *PLAY, "--request-id", "mine", "--dry-run")
    assert plain(lines) == ["✔ succeeded playback mine: played (5 ms)"]
    assert code == 0


def test_a_terminal_shows_a_refusal_without_waiting_for_states(
    house: FakeHouse, worker: FakeWorker, door: ControlServer
) -> None:
    worker.decide = lambda submit: outcome(submit, "refused", detail="no such interaction")
    code, lines = on_a_terminal(house, *PLAY, "--request-id", "mine")
    assert plain(lines) == ["✘ refused playback mine: no such interaction (5 ms)"]
    assert code == 1


def test_a_prompt_is_played_though_its_states_cannot_be_heard_of(
    house: FakeHouse, worker: FakeWorker, door: ControlServer
) -> None:
    worker.states = ("playing",)
    house.journal.answers[Subscribe] = MailboxFull("audit has 10000 messages waiting")
    code, lines = on_a_terminal(house, *PLAY, "--request-id", "mine")
    assert (code, plain(lines)) == (0, ["✔ succeeded playback mine: played (5 ms)"])


def test_the_states_end_with_the_outcome_though_the_event_of_the_end_was_lost(
    house: FakeHouse, door: ControlServer
) -> None:
    over = Event()
    printing = audio._progress(Line(Wishes(socket=house.claim.path)), "mine", over)
    assert printing is not None
    over.set()
    printing.join(PATIENCE_S)
    assert not printing.is_alive()


# --- barge -----------------------------------------------------------------------------------------------------------


def test_a_barge_mutes_nobody_and_takes_all_of_the_file_unless_told(worker: FakeWorker, ctl: Ctl) -> None:
    assert ctl(*INJECT, "--request-id", "mine").code == 0
    assert worker.hears().order == InjectBarge(
        request_id="mine",
        conversation_id="c-1",
        participant_id="p-1",
        audio_url="https://cdn.example/notice.wav",
        stream_matrix=StreamMatrix(agent_mute=False, caller_mute=False, normalize_level=False),
        max_duration_ms=30_000,
    )


def test_every_option_of_a_barge_reaches_the_order(worker: FakeWorker, ctl: Ctl) -> None:
    options = "--mute-agent --mute-caller --normalize --max-ms 1500 --request-id mine --deadline 9 --reason why"
    assert ctl(*INJECT, *options.split()).code == 0
    order = worker.hears().order
    assert order.stream_matrix == StreamMatrix(agent_mute=True, caller_mute=True, normalize_level=True)
    assert (order.max_duration_ms, order.deadline_s, order.reason) == (1500, 9.0, "why")


def test_a_refused_barge_is_exit_code_1(worker: FakeWorker, ctl: Ctl) -> None:
    reason = Reason(code="SB-215", gate="consent", message="no consent", remedy="ask")
    worker.decide = lambda submit: outcome(submit, "refused", reason, detail="no consent")
    ran = ctl(*INJECT)
    assert ran.code == 1
    assert "  SB-215 consent: no consent" in ran.lines


# --- prompts ---------------------------------------------------------------------------------------------------------


FACTS = AudioFacts(
    container="mp3", codec="mp3", sample_rate_hz=44_100, channels=1, duration_ms=1500, exact=True, size_bytes=9
)


def row(key: str, *, there: bool) -> PromptRow:
    cell = PromptCell(key=key, language="en", tier="standard", codec="mp3", url=f"https://cdn.example/en/{key}.mp3")
    missing = Reason(code="SB-115", gate="audio", message="nothing there", remedy="put it there")
    if there:
        return PromptRow(cell=cell, state="present", facts=FACTS, reasons=())
    return PromptRow(cell=cell, state="missing", facts=None, reasons=(missing,))


@pytest.fixture
def shelf(house: FakeHouse) -> FakeActor:
    return house.add("prompts")


def test_the_matrix_is_a_table_with_its_counts(shelf: FakeActor, ctl: Ctl) -> None:
    shelf.answers[CheckPrompts] = PromptsChecked(rows=(row("welcome", there=True), row("goodbye", there=False)))
    ran = ctl("prompts", "check", "welcome", "goodbye")
    assert ran.code == 1
    assert ran.lines[0].split("\t")[:3] == ["FILE", "STATE", "DURATION MS"]
    assert ran.lines[1].split("\t")[:4] == ["en/standard/welcome.mp3", "present", "1500", "44100"]
    assert ran.lines[2].split("\t") == ["en/standard/goodbye.mp3", "missing", "", "", "", "", "nothing there"]
    assert ran.lines[3] == "1 present, 1 missing"


def test_all_of_them_there_is_exit_code_0(shelf: FakeActor, ctl: Ctl) -> None:
    shelf.answers[CheckPrompts] = PromptsChecked(rows=(row("welcome", there=True),))
    ran = ctl("prompts", "check", "welcome", "--json")
    assert ran.code == 0
    (told,) = ran.json["prompts"]
    assert (told["prompt_key"], told["state"], told["audio"]["duration_ms"]) == ("welcome", "present", 1500)


def test_what_is_asked_for_reaches_whoever_looks(shelf: FakeActor, ctl: Ctl) -> None:
    shelf.answers[CheckPrompts] = PromptsChecked(rows=())
    options = "--language en --language pt-br --tier premium --codec mp3 --codec opus --loudness"
    ctl("prompts", "check", "welcome", *options.split())
    assert shelf.hears() == CheckPrompts(
        keys=("welcome",),
        languages=("en", "pt-br"),
        tiers=("premium",),
        codecs=("mp3", "opus"),
        level="full",
    )


def test_without_options_the_gateways_defaults_are_asked_for(shelf: FakeActor, ctl: Ctl) -> None:
    shelf.answers[CheckPrompts] = PromptsChecked(rows=())
    ctl("prompts", "check", "welcome")
    assert shelf.hears() == CheckPrompts(
        keys=("welcome",), languages=("en",), tiers=("standard", "premium"), codecs=("mp3",)
    )


def test_a_check_that_is_refused_is_a_usage_error_with_its_remedy(shelf: FakeActor, ctl: Ctl) -> None:
    shelf.answers[CheckPrompts] = PromptsRefused(message="it is not known where the prompts are", remedy="set it")
    ran = ctl("prompts", "check", "welcome")
    assert ran.code == 2
    assert "→ set it" in ran.err
