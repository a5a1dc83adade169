import threading

import pykka
import pytest

from actors.reply import Reply
from tests.living import DEADLINE_S


def test_it_gives_what_it_was_completed_with_as_often_as_asked() -> None:
    reply = Reply()
    reply.set(42)
    assert [reply.get(timeout=0), reply.get()] == [42, 42]


def test_it_raises_what_it_was_failed_with() -> None:
    reply = Reply()
    reply.fail(LookupError("no such transfer"))
    with pytest.raises(LookupError, match="no such transfer"):
        reply.get(timeout=0)


def test_it_times_out_and_may_still_be_completed() -> None:
    reply = Reply()
    with pytest.raises(pykka.Timeout):
        reply.get(timeout=0.001)
    reply.set("late")
    assert reply.get(timeout=0) == "late"


def test_a_second_completion_is_ignored() -> None:
    reply = Reply()
    reply.set(1)
    reply.set(2)
    reply.fail(LookupError())
    reply.set_exception((LookupError, LookupError(), None))
    assert reply.get(timeout=0) == 1


def test_pykkas_way_of_failing_it_takes_the_exception_being_handled() -> None:
    reply = Reply()
    try:
        raise KeyError("x")
    except KeyError:
        reply.set_exception()
    with pytest.raises(KeyError):
        reply.get(timeout=0)


def test_failing_it_with_nothing_at_all_still_answers() -> None:
    reply = Reply()
    reply.set_exception()
    with pytest.raises(pykka.ActorDeadError):
        reply.get(timeout=0)


def test_a_callback_hears_of_it_now_or_later() -> None:
    reply, heard = Reply(), []
    reply.then(lambda done: heard.append(("before", done.get(timeout=0))))
    reply.set(1)
    reply.then(lambda done: heard.append(("after", done.get(timeout=0))))
    assert heard == [("before", 1), ("after", 1)]


def test_completed_with_another_reply_it_follows_that_one() -> None:
    outer, inner = Reply(), Reply()
    outer.set(inner)
    with pytest.raises(pykka.Timeout):
        outer.get(timeout=0)
    inner.fail(LookupError("gone"))
    with pytest.raises(LookupError):
        outer.get(timeout=0)


def test_everyone_who_waits_is_woken() -> None:
    reply, got = Reply(), []
    threads = [threading.Thread(target=lambda: got.append(reply.get(timeout=DEADLINE_S))) for _ in range(5)]
    for thread in threads:
        thread.start()
    reply.set("here")
    for thread in threads:
        thread.join(DEADLINE_S)
    assert got == ["here"] * 5


@pytest.mark.usefixtures("small_switch_interval")
def test_of_many_completions_at_once_exactly_one_counts() -> None:
    for _ in range(100):
        reply = Reply()
        calls: list[Reply] = []
        reply.then(calls.append)
        threads = [threading.Thread(target=reply.set, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        assert len(calls) == 1
        assert reply.get(timeout=0) in range(4)
