"""The steward's counting."""

import pytest

from actors.tally import Tally


def ended(request_id: str, status: str) -> dict[str, str]:
    return {"request_id": request_id, "kind": "transfer", "status": status}


def test_an_order_is_open_from_its_acceptance_to_its_end() -> None:
    tally = Tally()
    tally.count("order.accepted", {"request_id": "one"})
    tally.count("order.accepted", {"request_id": "two"})
    assert tally.open_orders() == 2
    tally.count("order.ended", ended("one", "succeeded"))
    assert tally.open_orders() == 1


def test_counts_every_end_by_its_status_also_of_orders_never_seen_open() -> None:
    tally = Tally()
    for number, status in enumerate(("succeeded", "failed", "refused", "refused", "interrupted")):
        tally.count("order.ended", ended(str(number), status))
    assert tally.counts()["orders"] == {"open": 0, "succeeded": 1, "failed": 1, "refused": 2, "interrupted": 1}


def test_takes_over_what_was_open_before_it_listened() -> None:
    tally = Tally()
    assert not tally.knows_all
    tally.take_open_orders({"commands": [{"request_id": "old"}, {"request_id": "older"}]})
    assert tally.knows_all
    assert tally.open_orders() == 2


def test_an_order_that_ended_while_the_archive_read_is_not_open() -> None:
    tally = Tally()
    tally.count("order.ended", ended("quick", "succeeded"))
    tally.take_open_orders({"commands": [{"request_id": "quick"}, {"request_id": "slow"}]})
    assert tally.open_orders() == 1


def test_a_session_is_a_trouble_from_its_loss_until_it_is_back() -> None:
    tally = Tally()
    tally.count("session.opened", {"session": "transfer"})
    assert list(tally.troubles()) == []
    tally.count("session.lost", {"session": "transfer", "code": 1006, "reason": "reset by peer"})
    assert list(tally.troubles()) == ["session transfer is lost: reset by peer"]
    assert tally.counts()["sessions"] == {"open": 0, "lost": 1}
    tally.count("session.restarted", {"session": "transfer"})
    assert list(tally.troubles()) == []
    assert tally.counts()["sessions"] == {"open": 1, "lost": 0}


def test_a_loss_without_words_is_told_by_its_code() -> None:
    tally = Tally()
    tally.count("session.lost", {"session": "transfer", "code": 1006, "reason": ""})
    assert list(tally.troubles()) == ["session transfer is lost: 1006"]


def test_a_session_that_was_open_before_the_first_event_is_open() -> None:
    tally = Tally()
    tally.take_session({"name": "transfer", "state": "open", "last_error": "1006 an earlier loss"})
    assert tally.counts()["sessions"] == {"open": 1, "lost": 0}


def test_a_session_that_was_lost_before_the_first_event_is_a_trouble() -> None:
    tally = Tally()
    tally.take_session({"name": "transfer", "state": "backing off", "last_error": "1006 reset by peer"})
    assert list(tally.troubles()) == ["session transfer is lost: 1006 reset by peer"]
    tally.count("session.restarted", {"session": "transfer"})
    assert tally.counts()["sessions"] == {"open": 1, "lost": 0}


def test_a_session_on_its_way_for_the_first_time_is_neither_open_nor_lost() -> None:
    tally = Tally()
    tally.take_session({"name": "transfer", "state": "connecting", "last_error": None})
    assert tally.counts()["sessions"] == {"open": 0, "lost": 0}


def test_other_kinds_of_events_change_nothing() -> None:
    tally = Tally()
    tally.count("webhook.delivered", {"attempts": 2})
    assert tally.counts() == Tally().counts()


def test_a_worker_without_a_transcription_service_is_a_trouble_until_it_has_one_or_ends() -> None:
    tally = Tally()
    for ended in ("media.served", "media.drained", "media.ready"):
        tally.count("media.unserved", {"worker": "media.1", "why": "a:1: refused"})
        assert list(tally.troubles()) == ["audio worker media.1 has no transcription service: a:1: refused"]
        tally.count(ended, {"worker": "media.1"})
        assert list(tally.troubles()) == []


def test_a_worker_that_was_given_up_or_unserved_before_the_first_event_is_a_trouble() -> None:
    tally = Tally()
    tally.take_worker("media.1", {"state": "ready", "unserved": None})
    assert list(tally.troubles()) == []
    tally.take_worker("media.1", {"state": "ready", "unserved": "a:1: refused"})
    assert list(tally.troubles()) == ["audio worker media.1 has no transcription service: a:1: refused"]
    tally.take_worker("media.1", None)
    assert list(tally.troubles()) == ["audio worker media.1 is down: its actor does not answer; see gateway tree"]


def test_a_token_is_a_trouble_while_there_is_none_and_none_could_be_fetched() -> None:
    tally = Tally()
    tally.count("token.missing", {"why": "Connection refused"})
    assert list(tally.troubles()) == ["there is no access token: Connection refused"]
    tally.count("token.refreshed", {"generation": 2})
    assert list(tally.troubles()) == []


def test_a_login_that_was_refused_before_the_first_event_is_a_trouble_and_one_on_its_way_is_not() -> None:
    tally = Tally()
    tally.take_token({"state": "fetching", "last_error": ""})
    assert list(tally.troubles()) == []
    tally.take_token({"state": "denied", "last_error": "invalid_client"})
    assert list(tally.troubles()) == ["there is no access token: invalid_client"]
    tally.take_token({"state": "valid", "last_error": "a refresh failed"})
    assert list(tally.troubles()) == []


@pytest.mark.parametrize(
    ("told", "state", "ready"),
    [
        ([], "starting", 0),
        ([("media.lost", "media.1")], "down", 0),
        ([("media.lost", "media.1"), ("media.ready", "media.2")], "ready", 1),
        ([("media.ready", "media.1"), ("media.drained", "media.1")], "starting", 0),
        ([("media.drained", "media.1"), ("media.drained", "media.2")], "drained", 0),
    ],
)
def test_calls_are_taken_while_one_worker_takes_them(told: list[tuple[str, str]], state: str, ready: int) -> None:
    tally = Tally(("media.1", "media.2"))
    for kind, worker in told:
        tally.count(kind, {"worker": worker})
    assert tally.audio() == {"state": state, "workers": 2, "ready": ready}


def test_a_worker_is_as_its_actor_says_and_down_where_that_does_not_answer() -> None:
    tally = Tally(("media.1", "media.2", "media.3"))
    tally.take_worker("media.1", {"state": "starting"})
    tally.take_worker("media.2", None)
    assert tally.audio() == {"state": "down", "workers": 3, "ready": 0}
    tally.take_worker("media.3", {"state": "ready"})
    assert tally.audio() == {"state": "ready", "workers": 3, "ready": 1}
