import json

import pytest

from simulator import frames


@pytest.mark.parametrize(
    ("size_bytes", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_head_has_the_shortest_length_that_holds(size_bytes: int, head: bytes) -> None:
    assert frames.frame(frames.TEXT, b"x" * size_bytes) == head + b"x" * size_bytes


def test_a_close_frame_holds_the_code_and_as_much_reason_as_fits() -> None:
    assert frames.close(1008, "policy") == b"\x88\x08\x03\xf0policy"
    assert len(frames.close(1000, "r" * 500)) == 2 + 125


def test_half_a_frame_announces_more_than_it_brings() -> None:
    assert frames.half(b"12345678") == b"\x81\x081234"


def test_junk_is_not_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(frames.junk("json")[2:])


def test_junk_is_not_utf8() -> None:
    with pytest.raises(UnicodeDecodeError):
        frames.junk("utf8")[2:].decode()


def test_junk_is_binary() -> None:
    assert frames.junk("binary")[0] & 0x0F == frames.BINARY


def test_junk_is_as_huge_as_asked() -> None:
    assert len(frames.junk("huge", 100_000)) == 10 + 100_000


@pytest.mark.parametrize("size_bytes", [frames.SMALLEST_PUSH, 160, 4096])
def test_a_pushed_message_has_the_size_asked_for(size_bytes: int) -> None:
    pushed = frames.push(10**19, 10**19, size_bytes)
    payload = pushed[-size_bytes:]
    assert pushed == frames.frame(frames.TEXT, payload)
    assert json.loads(payload) | {"pad": ""} == {"type": "push", "seq": 10**19, "sent_ns": 10**19, "pad": ""}
