"""How requests are written."""

import pytest

from clients.endpoints import Destination, endpoint


def test_a_request_is_written_in_one_piece() -> None:
    written = endpoint("https://api.test/a?b=c", "api.test").written("POST", [("x-y", "z")], b"{}")
    assert written == (
        b"POST /a?b=c HTTP/1.1\r\nHost: api.test\r\nUser-Agent: switchboard\r\nAccept-Encoding: identity\r\n"
        b"x-y: z\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(("method", "told"), [("GET", False), ("HEAD", False), ("DELETE", False), ("PUT", True)])
def test_the_length_of_no_body_is_told_where_there_might_be_one(method: str, told: bool) -> None:
    assert (b"Content-Length: 0" in endpoint("http://api.test", "api.test").written(method, [], None)) == told


@pytest.mark.parametrize(
    ("url", "at"),
    [
        ("https://API.test/", Destination("1.2.3.4", 443, "api.test", tls=True)),
        ("http://api.test:81", Destination("1.2.3.4", 81, "api.test", tls=False)),
        ("http://[::1]/x", Destination("1.2.3.4", 80, "::1", tls=False)),
    ],
)
def test_a_connection_is_made_to_the_address_and_under_the_name(url: str, at: Destination) -> None:
    assert endpoint(url, "1.2.3.4").at == at


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a.test", "/"),
        ("http://a.test?q=1", "/?q=1"),
        ('http://a.test/a"b', "/a%22b"),
        ("http://a.test/#x", "/"),
    ],
)
def test_a_target_holds_only_what_a_request_line_may(url: str, target: str) -> None:
    assert endpoint(url, "a.test").called.startswith(f"{target} HTTP/1.1\r\n")
