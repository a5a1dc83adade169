"""Answers as they come off the wire, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.answers import MOST_HEAD, AnswerReader
from genesys.errors import Malformed

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Took: 5 ms\r\n\r\nok"
CHUNKED = b"HTTP/1.1 202 Yes\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def read(*parts: bytes) -> AnswerReader:
    reader = AnswerReader()
    for part in parts:
        reader.take(part)
    return reader


@pytest.mark.parametrize(("answer", "status"), [(OK, 200), (CHUNKED, 202), (NO_CONTENT, 204), (INTERIM + OK, 200)])
@given(cut=st.integers(0, 200))
def test_an_answer_is_the_same_however_it_is_cut(answer: bytes, status: int, cut: int) -> None:
    reader = read(answer[:cut], answer[cut:])
    assert (reader.status, reader.over, reader.keeps) == (status, True, True)


def test_headers_are_told_in_lower_case_without_those_of_interim_answers_and_trailers() -> None:
    assert read(INTERIM + OK).headers == {"content-length": "2", "x-took": "5 ms"}
    assert "x-late" not in read(CHUNKED).headers


def test_the_status_is_there_before_the_body() -> None:
    reader = read(b"HTTP/1.1 503 No\r\nContent-Length: 9\r\nRetry-After: 7\r\n\r\n")
    assert (reader.status, reader.headers["retry-after"], reader.over) == (503, "7", False)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nbye",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        OK + b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
        OK + b"H",
    ],
    ids=["closes", "old", "switches", "broken body", "answers twice", "begins another"],
)
def test_a_connection_is_not_kept_after(answer: bytes) -> None:
    reader = read(answer)
    assert reader.status in {200, 101}
    assert not reader.keeps


def test_lines_may_end_without_a_carriage_return() -> None:
    assert read(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n").over


def test_the_next_answer_is_the_next_requests() -> None:
    reader = read(OK)
    reader.begin()
    assert (reader.status, reader.headers, reader.over) == (None, {}, False)
    reader.take(NO_CONTENT)
    assert reader.status == 204


@pytest.mark.parametrize("junk", [b"220 smtp.example.com ESMTP\r\n", b"\x16\x03\x01", b"HTTP/1.1 99 No\r\n\r\n"])
def test_what_is_no_answer_breaks_the_connection(junk: bytes) -> None:
    with pytest.raises(ConnectionAbortedError, match="no HTTP answer"):
        read(junk)


def test_endless_headers_are_not_read_on() -> None:
    with pytest.raises(Malformed, match="bytes of headers"):
        read(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * MOST_HEAD)


# --- the body, where it is wanted ----------------------------------------------------------------------------


def wanting(most_bytes: int, *parts: bytes) -> AnswerReader:
    reader = AnswerReader()
    reader.begin(most_bytes)
    for part in parts:
        reader.take(part)
    return reader


@pytest.mark.parametrize(("answer", "body"), [(OK, b"ok"), (CHUNKED, b"ok"), (NO_CONTENT, b""), (INTERIM + OK, b"ok")])
@given(cut=st.integers(0, 200))
def test_a_body_is_the_same_however_it_is_cut(answer: bytes, body: bytes, cut: int) -> None:
    reader = wanting(2, answer[:cut], answer[cut:])
    assert (reader.body, reader.done, reader.over, reader.keeps) == (body, True, True, True)


def test_it_is_not_there_before_its_end_or_one_byte_too_many() -> None:
    started = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123"
    assert not wanting(8, started).done
    assert wanting(8, started, b"456789").body == b"123456789"
    assert wanting(2, started).done


def test_who_wants_none_gets_none() -> None:
    assert read(OK).body == b""


def test_an_answer_without_length_ends_with_its_connection() -> None:
    reader = wanting(9, b"HTTP/1.1 200 OK\r\n\r\nbye")
    assert not reader.done
    reader.end()
    assert (reader.body, reader.done, reader.over, reader.keeps) == (b"bye", True, True, False)


@pytest.mark.parametrize("length", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
def test_any_other_breaks_off_with_it(length: bytes) -> None:
    reader = wanting(9, b"HTTP/1.1 200 OK\r\n%s\r\n\r\n" % length)
    with pytest.raises(ConnectionAbortedError, match="before its answer was over"):
        reader.end()


def test_a_broken_body_is_no_answer_where_it_is_wanted() -> None:
    with pytest.raises(ConnectionAbortedError, match="no HTTP answer"):
        wanting(9, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")


def test_what_follows_an_answer_is_no_part_of_its_body() -> None:
    reader = wanting(9, OK + OK)
    assert (reader.body, reader.keeps) == (b"ok", False)


def test_switching_protocols_is_an_answer_without_a_body() -> None:
    reader = wanting(9, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx")
    assert (reader.status, reader.body, reader.done, reader.keeps) == (101, b"", True, False)
