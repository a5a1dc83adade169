"""Who may come in: every answer here comes before any upgrade."""

import pytest

from messages.media import AskBearer, BearerJudged, MediaKey, MediaLimits
from tests.media.callers import calling, request
from tests.media.houses import housed
from tests.media.workers import KEY, PATIENCE_S, plan

SITE = "https://desk.example.com"


def answered(port: int, asked: bytes) -> tuple[int, dict[str, str], bytes]:
    with calling(port) as caller:
        caller.send(asked)
        status, headers = caller.head()
        return status, headers, b"" if status == 101 else caller.body()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request(), 101),
        (request(Authorization="bearer key-two"), 101),
        (request(Sec_WebSocket_Protocol="other, media-api"), 101),
        (request(Origin=SITE), 101),
        (request("/media-api?tenant=7"), 101),
        (request(Authorization=None), 401),
        (request(Authorization=""), 401),
        (request(Authorization="Bearer "), 401),
        (request(Authorization="Bearer key"), 401),
        (request(Authorization=f"Basic {KEY}"), 401),
        (request(Authorization="Bearer nobody", Origin="https://evil.example.com"), 401),
        (request(Authorization="Bearer nobody", Sec_WebSocket_Protocol=None), 401),
        (request(Origin="https://evil.example.com"), 403),
        (request(Origin="null"), 403),
        (request(Origin=SITE + ".evil.example.com"), 403),
        (request(Sec_WebSocket_Protocol=None), 400),
        (request(Sec_WebSocket_Protocol="media-api2"), 400),
        (request(Connection="keep-alive, Upgrade"), 101),
        (request(Upgrade=None), 400),
        (request(Connection="keep-alive"), 400),
        (request(Sec_WebSocket_Key="short"), 400),
        (request(Sec_WebSocket_Version="12"), 400),
        (request("/"), 404),
        (request("/media-api/"), 404),
        (request("/media-api/../media-api"), 404),
        (request("//media-api"), 404),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"POST /media-api HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /media-api HTTP/1.0\r\n\r\n", 400),
        (b"\x16\x03\x01\r\n\r\n", 400),
        (b"GET /media-api HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"a" * 20_000, 431),
    ],
)
def test_every_request_has_its_answer(asked: bytes, status: int) -> None:
    with housed(plan(keys=(MediaKey(key=KEY), MediaKey(key="key-two")), origins=(SITE,))) as house:
        got, headers, body = answered(house.port, asked)
        assert got == status
        if status == 101:
            assert headers["sec-websocket-protocol"] == "media-api"
        else:
            assert headers["connection"] == "close"
            assert 0 < len(body) < 100
            assert KEY.encode() not in body


def test_a_401_says_how_to_come_in() -> None:
    with housed(plan()) as house:
        _, headers, _ = answered(house.port, request(Authorization=None))
        assert headers["www-authenticate"] == "Bearer"


def test_a_full_house_asks_to_come_again_and_has_room_when_a_call_has_ended() -> None:
    with housed(plan(limits=MediaLimits(max_calls=1))) as house:
        with calling(house.port) as first:
            first.upgraded()
            status, headers, _ = answered(house.port, request())
            assert (status, headers["retry-after"]) == (503, "5")
            first.hang_up()
        with calling(house.port) as second:
            second.upgraded()
        assert house.house.refused == 1


def test_a_house_that_drains_asks_to_come_again_and_tells_balancers() -> None:
    with housed(plan()) as house:
        house.do(lambda: house.house.leave(PATIENCE_S))
        for asked in (request(), b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"):
            status, headers, body = answered(house.port, asked)
            assert (status, headers["retry-after"], body) == (503, "5", b"the server is restarting\n")


def test_no_call_is_taken_while_the_gateway_does_not_read() -> None:
    with housed(plan()) as house:
        house.line.full = True
        assert answered(house.port, request())[0] == 503


@pytest.mark.parametrize(("known", "status"), [(True, 101), (False, 401)])
def test_the_gateway_judges_bearers_that_are_no_key(known: bool, status: int) -> None:
    with housed(plan(introspect=True)) as house, calling(house.port) as caller:
        caller.send(request(Authorization="Bearer token-of-genesys"))
        asked = house.line.hears(AskBearer)
        assert asked.bearer == "token-of-genesys"
        house.do(lambda: house.bearers.judged(BearerJudged(number=asked.number, known=known)))
        assert caller.head()[0] == status


def test_a_caller_that_hangs_up_while_it_is_judged_leaves_nothing() -> None:
    with housed(plan(introspect=True)) as house:
        with calling(house.port) as caller:
            caller.send(request(Authorization="Bearer token-of-genesys"))
            asked = house.line.hears(AskBearer)
            caller.sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER: a reset
        house.do(lambda: house.bearers.judged(BearerJudged(number=asked.number, known=True)))
        assert answered(house.port, request(Authorization="Bearer token-of-genesys"))[0] == 101
