"""The steward: status at once, drains that end when they should, effects on the process."""

import pykka
import pytest

from actors.base import ActorFailed
from actors.mailbox import MailboxFull
from messages.archive import ListCommands
from messages.gateway import (
    Drain,
    ReloadSettings,
    Resume,
    SetLogLevel,
    ShowGateway,
    StopGateway,
)
from messages.journal import EventPublished, Subscribe, Subscribed
from messages.media_workers import DrainMedia, MediaDrained, ResumeMedia
from messages.orders import CancelOrders
from messages.supervision import Describe, Description
from messages.webhooks import OutboxCounted
from tests.actors.steward_scene import Asked, Scene
from tests.kit import Probe


def test_status_says_what_runs_since_when_and_how() -> None:
    scene = Scene(open_before=[])
    scene.stage.advance(12.5)
    status = scene.ask(ShowGateway())
    assert (status["state"], status["dialect"]) == ("running", "tutorial")
    assert (status["version"], status["pid"]) == ("1.2.3", 77)
    assert (status["features"], status["simulator"]) == (["transfer"], "http://sim")
    assert (status["started_at"], status["uptime_s"]) == ("2026-01-01T00:00:00.000Z", 22.5)
    assert status["counts"]["dead_letters"] == 3


def test_status_counts_what_the_journal_tells() -> None:
    scene = Scene(open_before=[])
    subscription = scene.journal.take(Subscribe)
    assert subscription.subscriber is scene.address
    scene.hear("order.accepted", request_id="one")
    scene.hear("session.lost", session="transfer", code=1006, reason="reset")
    status = scene.ask(ShowGateway())
    assert status["counts"]["orders"]["open"] == 1
    assert status["degraded"] == ["session transfer is lost: reset"]


def test_looks_at_what_was_before_once_it_will_hear_of_what_changes() -> None:
    scene = Scene(open_before=None, unheard=True)
    assert (scene.archive.heard, scene.session.heard, scene.token.heard) == ([], [], [])
    scene.journal.replies[0].set(Subscribed(since_seq=7))
    scene.stage.run()
    assert scene.archive.take(ListCommands).status == "accepted"
    assert (len(scene.session.heard), len(scene.token.heard)) == (1, 1)


def test_subscribes_again_where_the_journal_had_no_room() -> None:
    scene = Scene(open_before=None, unheard=True)
    scene.journal.replies[0].fail(MailboxFull("audit has 10000 messages waiting"))
    scene.stage.advance(1.5)
    assert len(scene.journal.take_all(Subscribe)) == 2
    assert scene.archive.heard == []
    scene.journal.replies[1].set(Subscribed(since_seq=7))
    scene.stage.run()
    assert len(scene.archive.take_all(ListCommands)) == 1


def test_takes_what_it_asked_for_however_much_waits_for_it() -> None:
    media = (Asked("media.1"),)
    scene = Scene(open_before=None, media=media, unheard=True, capacity=1)

    def answer(asked: Asked, answer: object) -> None:
        scene.address.tell(EventPublished(seq=1, at="2026-01-01T00:00:00Z", kind="stream.gap", data={}))
        asked.replies[0].set(answer)
        scene.stage.run()

    answer(scene.journal, Subscribed(since_seq=7))
    answer(scene.archive, {"commands": [{"request_id": "old"}]})
    answer(scene.session, {"name": "transfer", "state": "backing off", "last_error": "reset"})
    answer(scene.token, {"state": "denied", "last_error": "bad scope"})
    answer(media[0], Description(name="media.1", kind="MediaWorkerActor", incarnation=1, facts={"state": "ready"}))
    status = scene.ask(ShowGateway())
    assert status["counts"]["orders"]["open"] == 1
    assert status["degraded"] == ["there is no access token: bad scope", "session transfer is lost: reset"]
    assert status["audio"]["state"] == "ready"


def test_counts_sessions_that_were_open_before_it_listened() -> None:
    scene = Scene(open_before=[])
    scene.session.replies[0].set({"name": "transfer", "state": "open", "last_error": None})
    scene.stage.run()
    assert scene.ask(ShowGateway())["counts"]["sessions"] == {"open": 1, "lost": 0}
    scene.hear("session.lost", session="transfer", code=1006, reason="reset")
    assert scene.ask(ShowGateway())["counts"]["sessions"] == {"open": 0, "lost": 1}


def test_a_login_that_was_refused_before_it_listened_degrades_the_gateway() -> None:
    scene = Scene(open_before=[])
    scene.token.replies[0].set({"state": "denied", "last_error": "invalid_client"})
    scene.stage.run()
    assert scene.ask(ShowGateway())["degraded"] == ["there is no access token: invalid_client"]
    scene.hear("token.refreshed", generation=1)
    assert scene.ask(ShowGateway())["degraded"] == []


def test_a_session_that_cannot_answer_is_told_of_by_its_events() -> None:
    scene = Scene(open_before=[])
    scene.session.replies[0].fail(MailboxFull("session.transfer has 10000 messages waiting"))
    scene.hear("session.opened", session="transfer")
    assert scene.ask(ShowGateway())["counts"]["sessions"] == {"open": 1, "lost": 0}


def test_who_reads_the_notice_learns_the_same_without_asking() -> None:
    scene = Scene(open_before=["old"])
    scene.hear("order.accepted", request_id="one")
    scene.hear("session.lost", session="transfer", code=1006)
    before = scene.address.notice
    assert before is not None
    assert before() == scene.ask(ShowGateway())
    scene.hear("order.ended", request_id="one", status="succeeded")
    after = scene.address.notice
    assert after is not None
    assert after()["counts"]["orders"] == before()["counts"]["orders"] | {
        "open": 1,
        "succeeded": 1,
    }


def test_the_notice_tells_of_a_drain_that_nobody_told_the_steward_of() -> None:
    scene = Scene(open_before=[])
    scene.process.drain(True)
    assert scene.address.notice is not None
    assert scene.address.notice()["state"] == "draining"


def test_status_has_what_the_journal_has_counted_of_webhooks_while_there_is_one() -> None:
    scene = Scene(open_before=[])
    scene.journal.notice = lambda: OutboxCounted(waiting=3, dead=2, endpoints_disabled=1)
    status = scene.ask(ShowGateway())
    assert status["counts"]["webhooks"] == {"waiting": 3, "dead": 2, "endpoints_disabled": 1}
    assert status["degraded"] == []
    scene.journal.notice = None
    assert scene.ask(ShowGateway())["counts"]["webhooks"] is None


def test_a_drain_waits_for_the_last_open_order() -> None:
    scene = Scene(open_before=["old"])
    scene.hear("order.accepted", request_id="new")
    answers = scene.begin(Drain(timeout_s=30.0))
    assert scene.process.now == "draining"
    scene.hear("order.ended", request_id="old", status="interrupted")
    assert answers == []
    scene.hear("order.ended", request_id="new", status="succeeded")
    assert answers == [{"drained": True, "open": 0, "state": "draining"}]


def test_a_drain_with_nothing_open_is_over_at_once() -> None:
    assert Scene(open_before=[]).ask(Drain()) == {"drained": True, "open": 0, "state": "draining"}


def test_a_drain_whose_time_is_up_says_how_many_are_still_open() -> None:
    scene = Scene(open_before=["stuck"])
    answers = scene.begin(Drain(timeout_s=5.0))
    scene.stage.advance(4.9)
    assert answers == []
    scene.stage.advance(0.2)
    assert answers == [{"drained": False, "open": 1, "state": "draining"}]


def test_two_drains_wait_each_for_its_own_time() -> None:
    scene = Scene(open_before=["stuck"])
    short, long = scene.begin(Drain(timeout_s=1.0)), scene.begin(Drain(timeout_s=9.0))
    scene.stage.advance(2.0)
    assert (len(short), len(long)) == (1, 0)
    scene.hear("order.ended", request_id="stuck", status="failed")
    assert long == [{"drained": True, "open": 0, "state": "draining"}]


def test_a_drain_that_is_taken_back_answers_all_who_wait_for_it() -> None:
    scene = Scene(open_before=["stuck"])
    answers = scene.begin(Drain(timeout_s=30.0))
    taken_back = scene.ask(Resume())
    assert taken_back == {"drained": False, "open": 1, "state": "running"}
    assert answers == [taken_back]


def test_a_drain_that_cancels_interrupts_what_is_open_when_its_time_is_up() -> None:
    scene = Scene(open_before=["stuck"])
    answers = scene.begin(Drain(timeout_s=5.0, cancel=True))
    scene.stage.advance(4.9)
    assert scene.worker.heard == []
    scene.stage.advance(0.2)
    assert scene.worker.heard == [CancelOrders()]
    assert answers == []
    scene.hear("order.ended", request_id="stuck", status="interrupted")
    assert answers == [{"drained": True, "open": 0, "state": "draining"}]


def test_a_drain_that_cancels_gives_up_on_an_order_that_does_not_end() -> None:
    scene = Scene(open_before=["stuck"])
    answers = scene.begin(Drain(timeout_s=0.0, cancel=True))
    scene.stage.advance(5.1)
    assert answers == [{"drained": False, "open": 1, "state": "draining"}]


def test_no_drain_ends_before_it_is_known_what_was_open_at_the_start() -> None:
    scene = Scene(open_before=None)
    answers = scene.begin(Drain(timeout_s=30.0))
    assert answers == []
    scene.archive.replies[0].set({"commands": []})
    scene.stage.run()
    assert answers == [{"drained": True, "open": 0, "state": "draining"}]


def test_asks_the_archive_again_when_it_could_not_answer() -> None:
    scene = Scene(open_before=None)
    scene.archive.replies[0].fail(MailboxFull("archive has 10000 messages waiting"))
    scene.stage.advance(1.5)
    assert len(scene.archive.take_all(ListCommands)) == 2
    scene.archive.replies[1].set({"commands": [{"request_id": "old"}]})
    scene.stage.run()
    assert scene.ask(ShowGateway())["counts"]["orders"]["open"] == 1


def test_stop_is_answered_and_handed_to_the_process() -> None:
    scene = Scene(open_before=[])
    assert scene.ask(StopGateway()) == {"stopping": True}
    assert scene.process.stopped


def test_reload_answers_what_changed() -> None:
    assert Scene(open_before=[]).ask(ReloadSettings()) == {"changed": ["log_level"]}


def test_a_log_level_for_a_while_goes_back_by_itself() -> None:
    scene = Scene(open_before=[])
    scene.ask(SetLogLevel(level="DEBUG", module="actors.transfer", for_s=60.0))
    scene.stage.advance(61.0)
    assert scene.process.levels == [("DEBUG", "actors.transfer"), ("as before", "actors.transfer")]


def test_a_log_level_set_again_without_an_end_stays() -> None:
    scene = Scene(open_before=[])
    scene.ask(SetLogLevel(level="DEBUG", for_s=60.0))
    scene.ask(SetLogLevel(level="TRACE"))
    scene.stage.advance(120.0)
    assert scene.process.levels == [("DEBUG", None), ("TRACE", None)]


def test_shows_its_facts() -> None:
    description = Scene(open_before=["one"]).ask(Describe())
    assert description.facts == {"state": "running", "orders_open": 1, "drains": 0}


# --- the audio plane -----------------------------------------------------------------------------------------


def test_status_tells_where_audio_arrives_and_which_worker_is_down() -> None:
    scene = Scene(open_before=[])
    scene.hear("media.lost", worker="media.2", why="it was killed by SIGKILL")
    status = scene.ask(ShowGateway())
    assert status["media"] == "127.0.0.1:8081"
    assert status["degraded"] == ["audio worker media.2 is down: it was killed by SIGKILL"]
    scene.hear("media.ready", worker="media.2")
    assert scene.ask(ShowGateway())["degraded"] == []


def test_asks_audio_workers_how_they_stand_for_what_befell_them_before_it_listened() -> None:
    media = (Asked("media.1"), Asked("media.2"), Asked("media.3"))
    scene = Scene(open_before=[], media=media)
    for worker, unserved in zip(media, (None, "a:1: refused"), strict=False):
        facts = {"state": "ready", "unserved": unserved}
        worker.replies[0].set(Description(name=worker.name, kind="MediaWorkerActor", incarnation=1, facts=facts))
    media[2].replies[0].fail(pykka.ActorDeadError("media.3 is not running"))
    scene.stage.run()
    assert scene.ask(ShowGateway())["degraded"] == [
        "audio worker media.3 is down: its actor does not answer; see gateway tree",
        "audio worker media.2 has no transcription service: a:1: refused",
    ]
    scene.hear("media.served", worker="media.2")
    scene.hear("media.ready", worker="media.3")
    assert scene.ask(ShowGateway())["degraded"] == []


def test_a_drain_waits_for_the_calls_of_every_worker() -> None:
    media = (Probe("media.1"), Probe("media.2"))
    scene = Scene(open_before=[], media=media)
    answers = scene.begin(Drain(timeout_s=10.0))
    assert [worker.take(DrainMedia).within_s for worker in media] == [10.0, 10.0]
    scene.address.tell(MediaDrained(worker=media[0]))
    scene.stage.run()
    assert answers == []
    scene.address.tell(MediaDrained(worker=media[1]))
    scene.stage.run()
    assert answers == [{"drained": True, "open": 0, "state": "draining", "audio_workers": 0}]


@pytest.mark.parametrize(
    ("failure", "drained"),
    [(pykka.ActorDeadError("media.1 is not running"), True), (ActorFailed("media.1 failed"), False)],
    ids=["given up", "crashed, and the next one tells"],
)
def test_a_drain_does_not_wait_for_a_worker_that_was_given_up(failure: Exception, drained: bool) -> None:
    worker = Asked("media.1")
    scene = Scene(open_before=[], media=(worker,))
    answers = scene.begin(Drain(timeout_s=10.0))
    assert isinstance(worker.heard[-1], DrainMedia)
    worker.replies[-1].fail(failure)
    scene.stage.run()
    assert [answer["drained"] for answer in answers] == [True] * drained


def test_calls_get_no_longer_than_the_settings_say() -> None:
    media = (Probe("media.1"),)
    scene = Scene(open_before=[], media=media)
    scene.begin(Drain(timeout_s=60.0))
    assert media[0].take(DrainMedia).within_s == 20.0


def test_a_drain_whose_time_is_up_says_how_many_workers_have_calls() -> None:
    scene = Scene(open_before=[], media=(Probe("media.1"),))
    answers = scene.begin(Drain(timeout_s=5.0))
    scene.stage.advance(5.0)
    assert answers == [{"drained": False, "open": 0, "state": "draining", "audio_workers": 1}]


def test_a_drain_that_is_taken_back_has_workers_take_calls_again() -> None:
    media = (Probe("media.1"),)
    scene = Scene(open_before=[], media=media)
    scene.begin(Drain(timeout_s=5.0))
    scene.ask(Resume())
    media[0].take(ResumeMedia)
