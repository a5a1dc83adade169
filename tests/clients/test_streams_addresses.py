"""Which URLs and headers are refused before anything is sent."""

import pytest

from clients.streams.addresses import Address, BadAddressError, address_of, check_headers


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("wss://api.mypurecloud.com/api/v2/websocket?x=1", Address(host="api.mypurecloud.com", port=443, secure=True)),
        ("wss://EXAMPLE.com:8443", Address(host="example.com", port=8443, secure=True)),
        ("wss://192.0.2.1/", Address(host="192.0.2.1", port=443, secure=True)),
        ("ws://localhost:80/x", Address(host="localhost", port=80, secure=False)),
        ("ws://127.0.0.1", Address(host="127.0.0.1", port=80, secure=False)),
        ("ws://127.9.9.9:81/", Address(host="127.9.9.9", port=81, secure=False)),
        ("ws://[::1]:9000/", Address(host="::1", port=9000, secure=False)),
    ],
)
def test_takes_wss_anywhere_and_ws_to_this_machine(url: str, address: Address) -> None:
    assert address_of(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "ws://example.com/",
        "ws://192.0.2.1/",
        "ws://10.0.0.1/",
        "ws://0.0.0.0/",
        "ws://localhost.example.com/",
        "ws://127.0.0.1.example.com/",
        "ws://2130706433/",
        "ws://[::ffff:7f00:1]/",
        "ws://[fe80::1]/",
    ],
)
def test_plain_ws_beyond_this_machine_is_refused_with_what_to_do(url: str) -> None:
    with pytest.raises(BadAddressError, match="use wss://"):
        address_of(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://example.com/", "starts with wss"),
        ("example.com", "starts with wss"),
        ("", "encode them"),
        ("wss://exa mple.com/", "encode them"),
        ("wss://example.com/\r\nHost: evil", "encode them"),
        ("wss://exämple.com/", "encode them"),
        ("wss://user:pass@example.com/", "in a header"),
        ("wss://user@example.com/", "in a header"),
        ("wss://@example.com/", "in a header"),
        ("wss:///path", "names no host"),
        ("wss://example.com:99999/", "cannot be read"),
        ("wss://example.com:x/", "cannot be read"),
        ("wss://[::1/", "cannot be read"),
        (f"wss://{'a' * 64}.example.com/", "not the name of a host"),
        ("wss://a..b/", "not the name of a host"),
    ],
)
def test_a_url_that_is_none_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(BadAddressError, match=why):
        address_of(url)


def test_ordinary_headers_pass() -> None:
    check_headers({"Authorization": "Bearer abc.def", "X-Trace": ""})


@pytest.mark.parametrize(("name", "value"), [("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\0"), ("X", "snow ☃")])
def test_a_value_that_would_smuggle_is_refused_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(BadAddressError) as refused:
        check_headers({name: value})
    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X\r\nY"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BadAddressError, match="not the name of a header"):
        check_headers({name: "v"})
