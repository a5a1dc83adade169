"""What every request passes."""

import pytest

from tests.web.house import KEY, Door, WebHouse


@pytest.mark.parametrize("path", ["/inject", "/metrics", "/health", "/nope", "/openapi.json"])
def test_every_answer_has_the_headers_of_security_and_no_banner(door: Door, path: str) -> None:
    headers = door.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_another_site_is_403(house: WebHouse, door: Door, origin: str) -> None:
    reply = door.inject(Origin=origin)
    assert reply.status == 403
    assert reply.problem()["type"].endswith(":origin")
    assert house.barges.heard.empty()


def test_a_page_of_another_site_is_403_with_a_key_too(house: WebHouse) -> None:
    with house.door(KEY) as door:
        assert door.inject(Origin="https://evil.example", Authorization=f"Bearer {KEY}").status == 403
        assert door.inject(Host="switchboard.example", Authorization=f"Bearer {KEY}").status == 201


def test_without_keys_a_name_that_was_made_to_point_here_is_403(house: WebHouse, door: Door) -> None:
    assert door.inject(Host="evil.example", Origin="http://evil.example").status == 403
    assert door.get("/metrics", Host="evil.example").status == 403
    assert house.barges.heard.empty()


def test_preflights_of_browsers_are_not_answered_as_they_wish(door: Door) -> None:
    reply = door.ask("OPTIONS", "/inject", Origin="https://evil.example", Access_Control_Request_Method="POST")
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_health_is_told_to_anybody(door: Door) -> None:
    assert door.get("/health", Host="load-balancer.example", Origin="https://evil.example").status == 200


def test_a_body_that_is_held_back_and_not_wanted_ends_the_connection(door: Door) -> None:
    with door.connect() as talk:
        talk.send(talk.request("POST", "/nope", Content_Length="5", Expect="100-continue"))
        reply = talk.reply()
        assert (reply.status, reply.headers["connection"]) == (404, "close")
        assert talk.at_end()


def test_a_body_that_is_held_back_and_wanted_is_asked_for(door: Door) -> None:
    with door.connect() as talk:
        head = talk.request(
            "POST", "/inject", Content_Length="2", Expect="100-continue", Content_Type="application/json"
        )
        talk.send(head)
        assert talk.socket.recv(25).startswith(b"HTTP/1.1 100 ")
        talk.send(b"{}")
        assert talk.reply().status == 400
