"""The guard of URLs from outside, as a decision; nothing here resolves or connects."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.addresses import NOTHING, Allowed, allowed, is_literal, is_loopback, objection, origin_of, shape_objection

PUBLIC = ("93.184.216.34",)


def test_https_to_a_public_address_is_fine() -> None:
    assert objection("https://hooks.example.com:8443/a/b?c=d", PUBLIC) is None
    assert objection("https://hooks.example.com", ("2606:2800:220:1:248:1893:25c8:1946",)) is None


def test_plain_http_is_refused_unless_listed() -> None:
    url = "http://hooks.example.com/x"
    assert "https" in (objection(url, PUBLIC) or "")
    assert objection(url, PUBLIC, allowed("hooks.example.com")) is None
    assert objection(url, PUBLIC, allowed("93.184.216.0/24")) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_no_name_may_stand_for_an_address_that_is_not_public(address: str) -> None:
    assert objection("https://innocent.example.com/", (address,)) is not None
    assert objection("https://innocent.example.com/", (*PUBLIC, address)) is not None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1.",
        "1.2.3.4.5",
        "example.0x7f",
    ],
)
def test_no_spelling_of_a_private_address_passes_even_if_it_does_not_resolve_here(host: str) -> None:
    assert objection(f"https://{host}/", ()) is not None


def test_a_name_that_does_not_resolve_here_is_no_objection() -> None:
    assert objection("https://cdn.example.com/a.mp3", ()) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@hooks.example.com/",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com#@127.0.0.1/ x",
        "https://127.0.0.1#@hooks.example.com/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX-Evil: 1",
        "https://hooks.example.com/\x00",
        "https://hooks.example.com/\t",
        "https://hooks。example。com/",
        "https://１２７.0.0.1/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://[::1/",
        "https://-bad-.example.com-/",
        "https://a..example.com/",
        "https://.example.com/",
        "https://*.example.com/",
        "https://" + "a" * 64 + ".example.com/",
        "https://" + "a." * 127 + "com/",
        "https://%31%32%37.0.0.1/",
        "https://" + "a" * 3_000 + ".example.com/",
    ],
)
def test_what_is_no_plain_url_is_refused_whatever_is_listed(url: str) -> None:
    everything = allowed("0.0.0.0/0, ::/0")
    assert objection(url, PUBLIC, everything) is not None or objection(url, PUBLIC) is not None
    assert shape_objection(url) is not None or "public" in (objection(url, PUBLIC) or "")


def test_the_words_never_repeat_the_query() -> None:
    for url in ("https://user:hunter2@x.example/?key=hunter2", "http://10.0.0.1/?key=hunter2"):
        assert "hunter2" not in (objection(url, ("10.0.0.1",)) or "")


def test_a_listed_network_lets_its_addresses_pass_and_no_others() -> None:
    allow = allowed("10.1.0.0/16, 127.0.0.1")
    assert objection("http://10.1.2.3:9000/", (), allow) is None
    assert objection("http://127.0.0.1/", (), allow) is None
    assert objection("https://inside.example.com/", ("::ffff:10.1.2.3",), allow) is None
    assert objection("https://inside.example.com/", ("10.1.2.3", "10.2.0.1"), allow) is not None
    assert objection("http://inside.example.com/", ("10.1.2.3", *PUBLIC), allow) is not None


def test_a_listed_host_passes_with_any_address_and_its_neighbours_do_not() -> None:
    allow = allowed("Hooks.Internal.")
    assert objection("http://hooks.internal/", ("10.0.0.1",), allow) is None
    assert objection("http://hooks.internal./", ("10.0.0.1",), allow) is None
    assert objection("https://evil.hooks.internal/", ("10.0.0.1",), allow) is not None


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.0.0.1/8", "a b", "http://x", "-", "1.2.3", "host/24"])
def test_a_list_with_a_wrong_entry_is_refused_with_its_name(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host nor a network"):
        allowed(f"fine.example.com, {entry}")


def test_an_empty_list_allows_nothing() -> None:
    assert allowed(" , ") == NOTHING == Allowed()


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("127.9.9.9", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example.com", False),
        ("10.0.0.1", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_knows_this_machine_by_its_own_names(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(("host", "literal"), [("127.0.0.1", True), ("::1", True), ("127.1", False), ("a.test", False)])
def test_an_address_is_no_name(host: str, literal: bool) -> None:
    assert is_literal(host) is literal


@given(text=st.text(max_size=60))
def test_any_text_gets_an_answer_and_never_an_exception(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/"):
        assert isinstance(objection(url, PUBLIC), str | None)


@given(st.from_regex(r"(https?|HTTP|ftp):/?/?[a-z@:\[\].?#/%0-9-]{0,30}", fullmatch=True))
def test_what_is_judged_is_the_host_that_is_connected_to(url: str) -> None:
    if shape_objection(url) is None:
        whole, origin = urlsplit(url), urlsplit(origin_of(url))
        assert (whole.scheme, whole.netloc) == (origin.scheme, origin.netloc)
        assert url.startswith(origin_of(url))


def test_what_has_no_origin_is_its_own() -> None:
    assert origin_of("https://api.test:8443/a?b#c") == "https://api.test:8443"
    assert origin_of("https://api.test?b") == "https://api.test"
    assert origin_of("nowhere") == "nowhere"
