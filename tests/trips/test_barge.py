"""An operator has audio played into a call: only with a consent that is on record, only what the file really is."""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.trips.house import House, Lodge, barge, codes
from tests.trips.tap import Tap
from tests.trips.wire import Wire

WELCOME = "/en/standard/welcome.wav"
ASKED = ("rest.", "cdn.")


@pytest.fixture
def conversation() -> str:
    """An id that no other test uses."""
    return f"conversation-{uuid4()}"


@pytest.fixture
def notice(house: House) -> str:
    """The URL of a file that may be played."""
    return house.genesys.cdn_url + WELCOME


def asked(house: House) -> dict[str, int]:
    """How often Genesys and its CDN were asked for anything."""
    return {name: number for name, number in house.genesys.counts().items() if name.startswith(ASKED)}


# --- it works --------------------------------------------------------------------------------------------------


def test_a_barge_ends_with_an_outcome_that_tells_all(house: House, wire: Wire, conversation: str, notice: str) -> None:
    order = barge(conversation, notice, request_id=str(uuid4()), reason="the line is bad")
    outcome = wire.call("barge.inject", **order)
    (made,) = house.genesys.injections(conversation)
    assert outcome.pop("latency_ms") > 0
    assert outcome == {
        "request_id": order["request_id"],
        "kind": "barge",
        "status": "succeeded",
        "detail": f"the audio is played as {made['id']}",
        "reasons": [],
        "retries": 0,
        "conversation_id": conversation,
        "participant_id": "customer",
        "audio_url": notice,
        "interaction_id": made["id"],
        "consent": "true",
        "retry_after_s": None,
        "warnings": [],
    }
    assert (made["participant_id"], made["consent"]) == ("customer", "true")


def test_the_request_is_on_the_wire_as_the_contract_has_it(lodge: Lodge) -> None:
    house = lodge(start=False)
    with Tap(house.genesys.url) as tap:
        house.environment["GENESYS_API_URL"] = tap.url
        url = f"{house.genesys.cdn_url}{WELCOME}?a=%20b&normalize=false&Normalize=1"
        order = barge("call-1", url, max_duration_ms=1500, request_id=str(uuid4()))
        outcome = house.open().wire().call("barge.inject", **order)
        request = tap.heard[tap.heard.index(b"POST /api/v2/conversations") :]
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /api/v2/conversations/voice/call-1/participants/customer/interactions HTTP/1.1"
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == order["request_id"]
    assert headers["authorization"].startswith("Bearer ")
    assert orjson.loads(body[: int(headers["content-length"])]) == {
        "type": "play",
        "sourceType": "url",
        "sourceUrl": f"{house.genesys.cdn_url}{WELCOME}?a=%20b&Normalize=1&normalize=true",
        "mute": True,
        "maxDuration": "PT1.5S",
    }
    (made,) = house.genesys.injections("call-1")
    assert outcome["interaction_id"] == made["id"]


@pytest.mark.parametrize(
    ("agent", "caller", "mute"), [(False, False, False), (True, False, True), (False, True, True), (True, True, True)]
)
def test_muting_either_side_mutes_and_the_level_is_left_alone_unless_asked(
    house: House, wire: Wire, conversation: str, notice: str, agent: bool, caller: bool, mute: bool
) -> None:
    matrix = {"agent_mute": agent, "caller_mute": caller, "normalize_level": False}
    wire.call("barge.inject", **barge(conversation, f"{notice}?normalize=false", stream_matrix=matrix))
    (made,) = house.genesys.injections(conversation)
    assert (made["mute"], made["url"]) == (mute, f"{notice}?normalize=false")


@pytest.mark.parametrize("milliseconds", [1, 999, 1000, 1001, 1500, 29_999, 30_000])
def test_the_duration_is_exact_to_the_millisecond(
    house: House, wire: Wire, conversation: str, notice: str, milliseconds: int
) -> None:
    outcome = wire.call("barge.inject", **barge(conversation, notice, max_duration_ms=milliseconds))
    (made,) = house.genesys.injections(conversation)
    assert made["duration_ms"] == milliseconds
    assert [warning[:6] for warning in outcome["warnings"]] == (["SB-121"] if milliseconds < 2560 else [])


@pytest.mark.parametrize("file", ["en/standard/welcome.mp3", "en/premium/welcome.ogg", "es/premium/welcome.wav"])
def test_each_format_of_the_contract_is_played(house: House, wire: Wire, conversation: str, file: str) -> None:
    outcome = wire.call("barge.inject", **barge(conversation, f"{house.genesys.cdn_url}/{file}"))
    assert (outcome["status"], outcome["warnings"]) == ("succeeded", [])


# --- consent ---------------------------------------------------------------------------------------------------


def test_the_consent_is_on_record_before_the_barge_ends_and_no_query_ever_is(
    house: House, wire: Wire, conversation: str, notice: str
) -> None:
    outcome = wire.call("barge.inject", **barge(conversation, f"{notice}?signature=secret-4711"))
    records = wire.call("audit.query", interaction_id=conversation)["records"]
    assert [record["kind"] for record in records] == ["barge.accepted", "barge.consent", "barge.ended"]
    assert records[1]["data"] == {
        "participant_id": "customer",
        "attribute": "supervision_consent",
        "value": "true",
        "given": True,
    }
    assert records[2]["data"] == outcome
    assert not [line for line in wire.heard if b"secret-4711" in line]
    assert "secret-4711" in house.genesys.injections(conversation)[0]["url"]
    assert "secret-4711" not in house.process.log.text
    assert wire.call("audit.verify")["ok"]


def test_the_consent_is_on_record_before_the_audio_goes_out(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.add_fault("silence", route="injection")
    wire = house.wire()
    wire.ask("barge.inject", **barge("call-1", house.genesys.cdn_url + WELCOME))
    house.await_genesys("rest.injection", 1)
    records = wire.call("audit.query", interaction_id="call-1")["records"]
    assert [record["kind"] for record in records] == ["barge.accepted", "barge.consent"]


@pytest.mark.parametrize("consent", ["false", "missing"])
def test_without_consent_no_audio_is_sent(
    house: House, wire: Wire, conversation: str, notice: str, consent: str
) -> None:
    house.genesys.set_conversation(conversation, participants={"customer": {"consent": consent}})
    outcome = wire.call("barge.inject", **barge(conversation, notice))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-215"])
    assert outcome["consent"] == (None if consent == "missing" else "false")
    assert "supervision_consent" in outcome["detail"]
    assert house.genesys.injections(conversation) == []
    (ended,) = wire.call("audit.query", interaction_id=conversation, kind="barge.ended")["records"]
    assert (ended["data"]["status"], ended["data"]["consent"]) == ("refused", outcome["consent"])


@pytest.mark.parametrize("value", ["True", "TRUE", " true", "yes", "1", ""])
def test_nothing_like_true_is_consent(house: House, wire: Wire, conversation: str, notice: str, value: str) -> None:
    attributes = {"supervision_consent": value}
    house.genesys.set_conversation(conversation, participants={"customer": {"attributes": attributes}})
    outcome = wire.call("barge.inject", **barge(conversation, notice))
    assert (outcome["status"], codes(outcome), outcome["consent"]) == ("refused", ["SB-215"], value)
    assert house.genesys.injections(conversation) == []


def test_the_consent_of_another_participant_counts_for_nothing(
    house: House, wire: Wire, conversation: str, notice: str
) -> None:
    both = {"customer": {"consent": "missing"}, "agent": {"consent": "true"}}
    house.genesys.set_conversation(conversation, participants=both)
    assert codes(wire.call("barge.inject", **barge(conversation, notice))) == ["SB-215"]
    assert wire.call("barge.inject", **barge(conversation, notice, participant_id="agent"))["status"] == "succeeded"
    assert [made["participant_id"] for made in house.genesys.injections(conversation)] == ["agent"]


def test_the_attribute_that_tells_the_consent_can_be_another(lodge: Lodge) -> None:
    house = lodge(barge__consent_attribute="may_be_supervised")
    participants = {
        "willing": {"consent": "missing", "attributes": {"may_be_supervised": "true"}},
        "unwilling": {"consent": "true"},
    }
    house.genesys.set_conversation("call-1", participants=participants)
    wire, url = house.wire(), house.genesys.cdn_url + WELCOME
    assert wire.call("barge.inject", **barge("call-1", url, participant_id="willing"))["status"] == "succeeded"
    refused = wire.call("barge.inject", **barge("call-1", url, participant_id="unwilling"))
    assert (codes(refused), "may_be_supervised" in refused["detail"]) == (["SB-215"], True)


# --- the call --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["completed", "terminated", "alerting", "Active"])
def test_a_conversation_that_is_not_active_is_not_barged_into(
    house: House, wire: Wire, conversation: str, notice: str, state: str
) -> None:
    house.genesys.set_conversation(conversation, state=state)
    outcome = wire.call("barge.inject", **barge(conversation, notice))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-214"])
    assert state in outcome["detail"]
    assert house.genesys.injections(conversation) == []


def test_a_participant_whom_genesys_does_not_know_is_refused(
    house: House, wire: Wire, conversation: str, notice: str
) -> None:
    house.genesys.set_conversation(conversation, participants={"agent": {"consent": "true"}})
    outcome = wire.call("barge.inject", **barge(conversation, notice))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-219"])


def test_all_that_stands_against_it_is_told_at_once(house: House, wire: Wire, conversation: str) -> None:
    house.genesys.set_conversation(conversation, state="completed", participants={"customer": {"consent": "false"}})
    url = f"{house.genesys.cdn_url}/en/standard/long.mp3"
    outcome = wire.call("barge.inject", **barge(conversation, url))
    assert (outcome["status"], sorted(codes(outcome))) == ("refused", ["SB-114", "SB-214", "SB-215"])


# --- the file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("long.mp3", "SB-114"),
        ("long.ogg", "SB-114"),
        ("nowhere.wav", "SB-115"),
        ("broken.wav", "SB-116"),
        ("broken.mp3", "SB-116"),
        ("lying.wav", "SB-117"),
    ],
)
def test_a_file_is_refused_for_what_it_is_whatever_the_order_says(
    house: House, wire: Wire, conversation: str, file: str, code: str
) -> None:
    url = f"{house.genesys.cdn_url}/en/standard/{file}"
    outcome = wire.call("barge.inject", **barge(conversation, url, max_duration_ms=1000))
    assert (outcome["status"], codes(outcome)) == ("refused", [code])
    assert house.genesys.injections(conversation) == []


@pytest.mark.parametrize("file", ["a.WAV", "a.wave", "a.mp3.exe", "a.flac", "a", "wav", "a.opus", "a?file=.wav"])
def test_other_extensions_are_refused_unseen(house: House, wire: Wire, conversation: str, file: str) -> None:
    before = asked(house)
    outcome = wire.call("barge.inject", **barge(conversation, f"{house.genesys.cdn_url}/en/standard/{file}"))
    assert (outcome["status"], codes(outcome)) == ("refused", ["SB-113"])
    assert asked(house) == before


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/a.wav",
        "https://192.168.1.1:8443/a.wav",
        "https://169.254.169.254/a.wav",
        "https://127.0.0.2/a.wav",
        "https://[::1]/a.wav",
        "https://[::ffff:10.0.0.1]/a.wav",
        "https://[fe80::1]/a.wav",
        "https://0.0.0.0/a.wav",
        "https://2130706433/a.wav",
        "https://someone:secret@127.0.0.1/a.wav",
        "ftp://127.0.0.1/a.wav",
        "file:///etc/a.wav",
        "https://127.0.0.1/a b.wav",
        "https://127.0.0.1/a.wav#b.wav",
    ],
)
def test_genesys_is_not_sent_to_places_that_are_not_listed(
    house: House, wire: Wire, conversation: str, url: str
) -> None:
    before = asked(house)
    outcome = wire.call("barge.inject", **barge(conversation, url))
    assert outcome["status"] == "refused"
    assert "SB-112" in codes(outcome)
    assert asked(house) == before


@pytest.mark.parametrize("preflight", ["off", "headers"])
def test_plain_http_is_for_listed_addresses_only_however_files_are_checked(lodge: Lodge, preflight: str) -> None:
    house = lodge(audio__preflight=preflight)
    wire = house.wire()
    for host in ("10.0.0.1", "127.0.0.2", "169.254.169.254", "[::1]"):
        outcome = wire.call("barge.inject", **barge("call-1", f"http://{host}/a.wav"))
        assert (outcome["status"], codes(outcome)) == ("refused", ["SB-112"])
    assert wire.call("barge.inject", **barge("call-1", house.genesys.cdn_url + WELCOME))["status"] == "succeeded"
    assert len(house.genesys.injections()) == 1


def test_a_redirect_is_not_followed_and_is_no_reason_to_refuse(
    house: House, wire: Wire, conversation: str, notice: str
) -> None:
    house.genesys.add_fault("status", status=302, location="http://127.0.0.1:1/a.wav", route="cdn", times="always")
    outcome = wire.call("barge.inject", **barge(conversation, f"{notice}?moved"))
    assert outcome["status"] == "succeeded"
    assert [warning[:6] for warning in outcome["warnings"]] == ["SB-120"]


# --- nothing is done twice, or at all --------------------------------------------------------------------------


def test_a_refusal_names_every_objection_at_once_and_asks_nobody(house: House, wire: Wire) -> None:
    before = asked(house)
    order = barge("..", "http://", participant_id="a b", max_duration_ms=30_001, deadline_s=0.0)
    outcome = wire.call("barge.inject", **order)
    assert outcome["status"] == "refused"
    assert codes(outcome) == ["SB-101", "SB-101", "SB-112", "SB-113", "SB-114", "SB-106"]
    assert asked(house) == before


@pytest.mark.parametrize(
    "wrong", [{"max_duration_ms": "1500"}, {"stream_matrix": {"agent_mute": True}}, {"audio_url": 7}, {"volume": 1}]
)
def test_an_order_that_is_not_well_formed_is_an_error(wire: Wire, notice: str, wrong: dict[str, Any]) -> None:
    error = wire.error("barge.inject", **{**barge("call-1", notice), **wrong})
    assert error["code"] == -32602
    assert next(iter(wrong)) in orjson.dumps(error).decode()


def test_a_dry_run_passes_every_gate_and_sends_no_audio(
    house: House, wire: Wire, conversation: str, notice: str
) -> None:
    outcome = wire.call("barge.inject", **barge(conversation, notice, dry_run=True))
    assert (outcome["status"], outcome["consent"]) == ("succeeded", "true")
    assert house.genesys.injections(conversation) == []
    assert wire.call("audit.query", interaction_id=conversation)["records"] == []


def test_an_order_given_twice_is_heard_once(house: House, wire: Wire, conversation: str, notice: str) -> None:
    order = barge(conversation, notice, request_id=str(uuid4()))
    with house.wire() as other:
        given = [(line, line.ask("barge.inject", **order)) for line in (wire, other, wire)]
        outcomes = [line.result(number) for line, number in given]
    assert outcomes == [outcomes[0]] * 3
    assert wire.call("barge.inject", **order) == outcomes[0]
    assert len(house.genesys.injections(conversation)) == 1
