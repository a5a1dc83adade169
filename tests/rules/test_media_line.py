"""What goes in at one end of the line comes out at the other, however it is cut."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.base import Json
from messages.media import (
    AudioStreamClosed,
    AudioStreamCounts,
    AudioStreamNoted,
    AudioStreamsCounted,
    BearerJudged,
    DrainWorker,
    LanguagePlan,
    MediaKey,
    MediaLimits,
    PlayIntoStream,
    ServicePlan,
    TellStreams,
    WorkerCommand,
    WorkerDrained,
    WorkerEvent,
    WorkerPlan,
)
from rules.media_line import BadLine, LineSplitter, encode, read_command, read_event, read_plan

PLAN = WorkerPlan(
    worker=2,
    host="127.0.0.1",
    port=8081,
    keys=(MediaKey(key="k1"), MediaKey(key="k2", secret="c2VjcmV0")),
    service=ServicePlan(addresses=("a:1", "b:2"), transport="grpcio", ca_file="/ca.pem"),
    origins=("https://a.example",),
    limits=MediaLimits(max_calls=7),
    language=LanguagePlan(languages=("en", "de"), model="/model"),
)
COUNTS = AudioStreamCounts(
    stream_id="s1",
    frames=4,
    gaps=1,
    repeats=0,
    malformed=0,
    dropped=2,
    buffered=3,
    lag_ms=1.5,
    unacknowledged_ms=2.5,
    jitter_ms=0.25,
    position_s=0.08,
)

texts = st.text(max_size=20)
whole = st.integers(-(2**31), 2**31)
json = st.recursive(st.none() | st.booleans() | whole | texts, lambda held: st.dictionaries(texts, held, max_size=3))
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: texts,
    int: whole,
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=40),
    dict[str, Json]: st.dictionaries(texts, json, max_size=3),
    dict[str, str]: st.dictionaries(texts, texts, max_size=3),
}


def made(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of this type."""
    if is_dataclass(kind):
        return st.builds(kind, **{one.name: made(one.type) for one in fields(kind)})  # type: ignore[arg-type]
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        return st.lists(made(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is UnionType:
        return st.one_of(*map(made, get_args(kind)))
    return PLAIN[kind]


def test_the_plan_arrives_as_it_was() -> None:
    assert read_plan(encode(PLAN).rstrip(b"\n")) == PLAN


@given(made(WorkerEvent))
def test_every_event_arrives_as_it_was(event: WorkerEvent) -> None:
    assert read_event(encode(event)) == event


@given(made(WorkerCommand))
def test_every_command_arrives_as_it_was(command: WorkerCommand) -> None:
    assert read_command(encode(command)) == command


def test_what_has_no_fields_is_an_object_all_the_same() -> None:
    assert encode(TellStreams()) == b'{"type":"TellStreams"}\n'
    assert read_event(encode(WorkerDrained())) == WorkerDrained()


def test_counters_within_a_message_are_counters_again() -> None:
    closed = AudioStreamClosed(stream_id="s1", reason="hung up", code=1000, counts=COUNTS)
    counted = AudioStreamsCounted(counts=(COUNTS, COUNTS))
    assert read_event(encode(closed)) == closed
    assert read_event(encode(counted)) == counted


def test_audio_is_base64() -> None:
    assert encode(PlayIntoStream(stream_id="s1", audio=b"\xff\x00")).count(b'"/wA="') == 1


def test_fields_that_have_a_default_may_be_missing() -> None:
    line = b'{"type":"AudioStreamNoted","stream_id":"s1","what":"paused"}'
    assert read_event(line) == AudioStreamNoted(stream_id="s1", what="paused")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b"7",
        b"{}",
        b'{"type":"Unheard"}',
        b'{"type":["WorkerDrained"]}',
        b'{"type":"WorkerReady"}',
        b'{"type":"WorkerDrained","more":1}',
        b'{"type":"AudioStreamsCounted","counts":[{}]}',
        b'{"type":"AudioStreamsCounted","counts":7}',
    ],
)
def test_what_was_not_agreed_on_is_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        read_event(line)


def test_the_two_directions_are_not_mixed_up() -> None:
    with pytest.raises(BadLine):
        read_command(encode(WorkerDrained()))
    with pytest.raises(BadLine):
        read_event(encode(DrainWorker(within_s=1.0)))
    with pytest.raises(BadLine):
        read_plan(encode(BearerJudged(number=1, known=True)))


def test_a_refused_line_is_not_repeated() -> None:
    with pytest.raises(BadLine) as refused:
        read_plan(b'{"type":"WorkerPlan","keys":"hunter2"}')
    assert "hunter2" not in str(refused.value)


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b""))), st.data())
def test_lines_come_out_whole_however_they_were_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    splitter, heard = LineSplitter(), list[bytes]()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        heard += splitter.feed(stream[:size])
        stream = stream[size:]
    assert heard == lines


def test_a_line_without_end_is_refused() -> None:
    splitter = LineSplitter(most_bytes=10)
    assert splitter.feed(b"0123456789") == []
    with pytest.raises(BadLine, match="10 bytes"):
        splitter.feed(b"0")


def test_every_field_of_the_plan_is_told() -> None:
    for one in fields(WorkerPlan):
        assert f'"{one.name}":'.encode() in encode(PLAN)
