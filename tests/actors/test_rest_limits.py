"""The desk of the REST pool: the rate budget and the breaker."""

from messages.rest import CallerReady
from tests.actors.rest_scenes import Scene, broken
from tests.kit import Probe

# --- the budget -----------------------------------------------------------------------------------------------


def test_no_more_leave_in_a_minute_than_the_budget_allows() -> None:
    scene = Scene(per_minute=3)
    for number in range(5):
        scene.call(f"c{number}", deadline_s=100)
    for _ in range(3):
        scene.respond(200)
    assert scene.nobody_dials()
    scene.advance(59.9)
    assert scene.nobody_dials()
    scene.advance(0.2)
    assert scene.respond(200).call_id == "c3"
    assert scene.respond(200).call_id == "c4"


def test_a_call_that_the_budget_kept_too_long_says_so() -> None:
    scene = Scene(per_minute=1)
    scene.call("c1")
    scene.respond(200)
    scene.answer()
    scene.call("c2")
    scene.advance(30)
    answer = scene.answer()
    assert answer.failure == "deadline"
    assert "waited for the rate budget" in answer.detail


def test_logins_are_not_counted() -> None:
    scene = Scene(per_minute=1)
    scene.call("c1")
    scene.respond(200)
    scene.call("login", "login", bearer=False)
    scene.respond(200)
    assert scene.show()["used"] == 1


def test_a_429_with_a_retry_after_holds_everything_but_logins() -> None:
    scene = Scene()
    scene.call("c1", deadline_s=100)
    scene.respond(429, {"retry-after": "20"})
    scene.call("c2", "steer", deadline_s=100)
    assert scene.nobody_dials()
    scene.call("login", "login", bearer=False)
    assert scene.respond(200).call_id == "login"
    scene.advance(20.01)
    assert scene.respond(200).call_id in {"c1", "c2"}


def test_genesys_own_count_is_believed() -> None:
    scene = Scene()
    scene.call("c1")
    full = {"inin-ratelimit-count": "300", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "15"}
    scene.respond(200, full)
    scene.call("c2")
    assert scene.nobody_dials()
    scene.advance(15.1)
    assert scene.dialled().call_id == "c2"


def test_what_can_be_spared_leaves_the_last_quarter_of_a_minute_to_the_others() -> None:
    scene = Scene(per_minute=4)
    for number in range(3):
        scene.call(f"c{number}")
        scene.respond(200)
    scene.call("spare", "spare", deadline_s=90)
    assert scene.nobody_dials()
    scene.call("order", "steer")
    assert scene.respond(200).call_id == "order"
    scene.advance(59)
    assert scene.nobody_dials()
    scene.advance(2)
    assert scene.dialled().call_id == "spare"


def test_what_can_be_spared_is_told_that_the_budget_was_short() -> None:
    scene = Scene(per_minute=4)
    for number in range(3):
        scene.call(f"c{number}")
        scene.respond(200)
        scene.answer()
    scene.call("spare", "spare", deadline_s=10)
    scene.advance(10)
    answer = scene.answer()
    assert (answer.failure, answer.attempts) == ("deadline", 0)
    assert "the rate budget" in answer.detail


def test_shows_the_budget_with_its_queue() -> None:
    scene = Scene(callers=1, per_minute=100)
    scene.call("c1", "steer")
    scene.call("c2", "background")
    shown = scene.show()
    assert (shown["allowed"], shown["used"], shown["reset_s"]) == (100, 1, 60)
    assert shown["queue"] == {"login": 0, "steer": 0, "read": 0, "background": 1, "spare": 0}
    assert shown["callers"] == {"idle": 0, "busy": 1}
    assert shown["circuits"] == {"GET /x": "closed"}


# --- the breaker ----------------------------------------------------------------------------------------------


def test_five_failures_in_a_row_stop_a_route_and_no_other() -> None:
    scene = broken(Scene())
    scene.call("c1")
    answer = scene.answer()
    assert (answer.failure, answer.attempts, answer.maybe_sent) == ("circuit_open", 0, False)
    assert "(status 500)" in answer.detail
    scene.call("c2", route="GET /y")
    assert scene.dialled().call_id == "c2"


def test_after_half_a_minute_one_trial_goes_and_its_success_frees_the_route() -> None:
    scene = broken(Scene())
    scene.tell(CallerReady(caller=Probe("caller.9")))
    scene.advance(30)
    scene.call("trial")
    scene.call("c2")
    assert scene.answer().failure == "circuit_open"
    scene.respond(200)
    scene.answer()
    scene.call("c3")
    assert not scene.asker.heard


def test_429s_and_other_refusals_do_not_stop_a_route() -> None:
    scene = Scene()
    for number in range(20):
        scene.call(f"f{number}", retries=0)
        scene.respond(429 if number % 2 else 404)
        scene.answer()
    assert scene.show()["circuits"] == {"GET /x": "closed"}
