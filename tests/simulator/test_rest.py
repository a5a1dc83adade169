import requests

from simulator.server import Simulator
from tests.simulator.client import WAIT_S, Clock, bearer, interaction


def test_any_interaction_is_active_unless_described(genesys_simulator: Simulator) -> None:
    answer = interaction(genesys_simulator, "whatever-17")
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["state"]) == ("whatever-17", "active")


def test_a_strict_box_knows_only_what_was_described() -> None:
    with Simulator(settings={"strict": True}) as box:
        box.set_interaction("known", state="queued")
        assert interaction(box, "known").json()["state"] == "queued"
        assert interaction(box, "unknown").status_code == 404


def test_participants_show_what_playback_asks_for(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_interaction("i", language="de-AT", service_tier="premium", playback_codecs=["opus"])
    (participant,) = interaction(genesys_simulator, "i").json()["participants"]
    assert participant["attributes"] == {"language": "de-AT", "service_tier": "premium"}
    assert participant["mediaCapabilities"]["audio"]["supportedCodecs"] == ["opus"]


def test_a_customer_says_its_language_only_where_it_is_described(genesys_simulator: Simulator) -> None:
    (participant,) = interaction(genesys_simulator, "anybody").json()["participants"]
    assert participant["attributes"] == {"service_tier": "standard"}


def test_attributes_can_be_anything_and_participants_too(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_interaction("some", attributes={"supervision_consent": "true"})
    genesys_simulator.set_interaction("none", participants=[])
    (participant,) = interaction(genesys_simulator, "some").json()["participants"]
    assert participant["attributes"]["supervision_consent"] == "true"
    assert interaction(genesys_simulator, "none").json()["participants"] == []


def test_without_a_token_there_is_no_answer(genesys_simulator: Simulator) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic abc"}):
        answer = interaction(genesys_simulator, headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert genesys_simulator.counts()["refused.401"] == 3


def test_a_scope_that_is_lacking_is_named(genesys_simulator: Simulator) -> None:
    answer = interaction(genesys_simulator, headers=bearer(genesys_simulator, "websocket:use"))
    assert answer.status_code == 403
    assert "interaction:view" in answer.json()["message"]


def test_either_seed_scope_is_enough_to_read(genesys_simulator: Simulator) -> None:
    for scope in ("interaction:view", "interaction:read"):
        assert interaction(genesys_simulator, headers=bearer(genesys_simulator, scope)).status_code == 200


def test_answers_say_how_much_of_the_rate_is_used(genesys_simulator: Simulator) -> None:
    headers = bearer(genesys_simulator)
    answers = [interaction(genesys_simulator, headers=headers) for _ in range(2)]
    assert [answer.headers["inin-ratelimit-count"] for answer in answers] == ["1", "2"]
    assert answers[0].headers["inin-ratelimit-allowed"] == "300"
    assert 1 <= int(answers[0].headers["inin-ratelimit-reset"]) <= 60


def test_past_the_limit_the_answer_is_429_until_the_window_ends() -> None:
    clock = Clock()
    with Simulator(clock=clock, settings={"rate_enforced": True, "rate_allowed": 2, "rate_window_s": 30}) as box:
        headers = bearer(box)
        clock.now_s = 1.0
        codes = [interaction(box, headers=headers).status_code for _ in range(2)]
        clock.now_s = 21.0
        refused = interaction(box, headers=headers)
        clock.now_s = 31.0
        assert [*codes, refused.status_code, interaction(box, headers=headers).status_code] == [200, 200, 429, 200]
        assert refused.headers["Retry-After"] == "10"


def test_each_token_has_a_window_of_its_own() -> None:
    with Simulator(settings={"rate_enforced": True, "rate_allowed": 1}) as box:
        assert [interaction(box).status_code for _ in range(3)] == [200, 200, 200]


def test_without_enforcement_the_limit_is_only_told(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(rate_allowed=1)
    headers = bearer(genesys_simulator)
    assert [interaction(genesys_simulator, headers=headers).status_code for _ in range(3)] == [200, 200, 200]


def test_what_the_box_does_not_have_is_not_found(genesys_simulator: Simulator) -> None:
    url = f"{genesys_simulator.url}/api/v2/users/me"
    assert requests.get(url, timeout=WAIT_S).status_code == 401
    assert requests.get(url, headers=bearer(genesys_simulator, "any"), timeout=WAIT_S).status_code == 404
    assert requests.get(f"{genesys_simulator.url}/elsewhere", timeout=WAIT_S).status_code == 404


def test_reads_are_counted(genesys_simulator: Simulator) -> None:
    interaction(genesys_simulator)
    interaction(genesys_simulator, headers={})
    assert genesys_simulator.counts()["rest.interaction"] == 2
