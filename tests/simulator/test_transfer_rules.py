import json
from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.state import Interaction, Settings
from simulator.transfer_rules import Order, Verdict, decide, read_order
from tests.simulator.client import order, with_codec

ACTIVE = Interaction("interaction-1")
AUDIO = {"codec": "opus", "bandwidth_kbps": 64, "bit_depth": 16}
VIDEO = {"codec": "h264", "resolution": "1280x720", "fps": 30}
TRIGGERS = {"codec_negotiation": True, "format_verification": True}


def read(**changes: Any) -> Order:
    return read_order(json.dumps(order(**changes)).encode())


def verdict(order: Order, interaction: Interaction | None = ACTIVE, **changes: Any) -> Verdict:
    given: dict[str, Any] = {"first_answer": None, "scopes": None, "settings": Settings()}
    return decide(order, interaction=interaction, **given | changes)


def test_reads_an_order() -> None:
    read_back = read(id="7d444840-9dc0-11d1-b245-5ffdce74fad2", attempt=2)
    assert read_back == Order(
        id="7d444840-9dc0-11d1-b245-5ffdce74fad2",
        interaction_id="interaction-1",
        destination_uri="genesys://user/agent-1",
        codec="opus",
        bandwidth_kbps=64,
        attempt=2,
        negotiate=True,
    )


def test_video_counts_towards_the_bandwidth_when_it_says_how_much() -> None:
    assert read(media_matrix={"audio": AUDIO, "video": VIDEO}).bandwidth_kbps == 64
    assert read(media_matrix={"audio": AUDIO, "video": VIDEO | {"bandwidth_kbps": 60}}).bandwidth_kbps == 124


@pytest.mark.parametrize("uri", ["genesys://user/a", "sip:a@b.example", "sips:a@b.example", "tel:+4930123"])
def test_takes_every_kind_of_destination(uri: str) -> None:
    assert read(destination_uri=uri).destination_uri == uri


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "interaction.hold"),
        ("id", "1700000000000000000"),
        ("id", 7),
        ("interaction_id", ""),
        ("interaction_id", None),
        ("destination_uri", "http://user/a"),
        ("destination_uri", "genesys://"),
        ("destination_uri", 4),
        ("media_matrix", []),
        ("media_matrix.audio", {"audio": None}),
        ("media_matrix.audio.codec", {"audio": AUDIO | {"codec": 1}}),
        ("media_matrix.audio.bandwidth_kbps", {"audio": AUDIO | {"bandwidth_kbps": 64.0}}),
        ("media_matrix.audio.bit_depth", {"audio": AUDIO | {"bit_depth": True}}),
        ("media_matrix.video", {"audio": AUDIO, "video": None}),
        ("media_matrix.video.codec", {"audio": AUDIO, "video": VIDEO | {"codec": ""}}),
        ("media_matrix.video.resolution", {"audio": AUDIO, "video": VIDEO | {"resolution": "720p"}}),
        ("media_matrix.video.fps", {"audio": AUDIO, "video": VIDEO | {"fps": 0}}),
        ("timestamp", "2026-01-01T00:00:00+01:00"),
        ("timestamp", "yesterdayZ"),
        ("triggers", True),
        ("triggers.codec_negotiation", {"triggers": TRIGGERS | {"codec_negotiation": "yes"}}),
        ("triggers.format_verification", {"triggers": {"codec_negotiation": True}}),
        ("attempt", 0),
        ("attempt", "2"),
        ("colour", "red"),
    ],
)
def test_one_wrong_field_is_the_one_named(field: str, value: Any) -> None:
    top, _, below = field.partition(".")
    changed = value[top] if top in ("triggers",) and below else value
    with pytest.raises(BadInput) as caught:
        read(**{top: changed})
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [field]


def test_all_wrong_fields_are_named() -> None:
    with pytest.raises(BadInput) as caught:
        read(id=1, media_matrix={"audio": {}}, triggers={})
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize("raw", [b"", b"{", b"[1,2]", b"7", b'{"id": "\xe2\x82"}'])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read_order(raw)


def test_a_transfer_is_carried_out() -> None:
    wanted = read()
    assert verdict(wanted) == Verdict({"id": wanted.id, "status": "codec_negotiated", "codec": "opus"}, effect=True)


def test_without_negotiation_it_is_only_initiated() -> None:
    given = verdict(read(triggers=TRIGGERS | {"codec_negotiation": False}))
    assert (given.answer["status"], given.effect) == ("transfer_initiated", True)


def test_the_same_id_again_has_the_first_answer_and_no_second_effect() -> None:
    first = {"id": "x", "status": "codec_negotiated", "codec": "opus"}
    assert verdict(read(), first_answer=first) == Verdict(first, effect=False)


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("interaction_not_found", {"interaction": None}),
        ("interaction_not_active", {"interaction": Interaction("i", state="completed")}),
        ("interaction_not_active", {"interaction": Interaction("i", state="abandoned")}),
        ("bandwidth_exceeded", {"settings": Settings(max_bandwidth_kbps=63)}),
        ("codec_unsupported", {"settings": Settings(supported_codecs=["pcmu"])}),
        ("codec_unsupported", {"interaction": Interaction("i", unsupported_codecs=["opus"])}),
        ("missing_scope_interaction:transfer", {"scopes": frozenset({"websocket:use"})}),
    ],
)
def test_a_refusal_says_why_and_has_no_effect(status: str, changes: dict[str, Any]) -> None:
    given = verdict(read(), **changes)
    assert (given.answer["status"], given.effect) == (status, False)


def test_a_queued_interaction_can_be_transferred() -> None:
    assert verdict(read(), Interaction("i", state="queued")).effect


def test_an_unknown_codec_is_unsupported() -> None:
    wanted = read_order(json.dumps(with_codec("g729")).encode())
    assert verdict(wanted).answer == {"id": wanted.id, "status": "codec_unsupported", "codec": "g729"}
