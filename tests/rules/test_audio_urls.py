"""URLs of audio: their extension, their query, and which of them are fit for Genesys."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.addresses import NOTHING, allowed
from rules.audio_urls import FORMATS, extension, normalized, url_objection, with_extension, without_query

PUBLIC = ("93.184.216.34",)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://mp3.example/mp3/a.mp3", "mp3"),
        ("https://h/a.b.wav?x=.ogg", "wav"),
        ("https://h/a.exe#.wav", "exe"),
        ("https://h/a.exe?b=/c.wav", "exe"),
        ("https://h.wav", ""),
        ("https://h.wav/", ""),
        ("https://h.wav?x.wav", ""),
        ("https://h/a.wav/", ""),
        ("https://h/a.wav/b", ""),
        ("https://h/wav", ""),
        ("https://h/a.", ""),
        ("https://h/a.WAV", "WAV"),
        ("https://h/a.mp3\n", "mp3\n"),
        ("https://h/a%2Ewav", ""),
        ("https://h/a.wav%00", "wav%00"),
        ("https://h/a.wav;v=1", "wav;v=1"),
        ("", ""),
    ],
)
def test_the_extension_is_the_paths_as_it_is_written(url: str, found: str) -> None:
    assert extension(url) == found


@pytest.mark.parametrize("ending", [".wavx", ".xmp3y", ".notogg", ".mp3\n", ".wav ", ".mp", ".WAV", "wav", ".ogg.exe"])
def test_the_seeds_regular_expression_is_not_ours(ending: str) -> None:
    """`^\\.wav|mp3|ogg$` takes most of these."""
    assert extension(f"https://h/notice{ending}") not in FORMATS


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("https://mp3.example/mp3/a.mp3", "https://mp3.example/mp3/a.opus"),
        ("https://h/v1.mp3/a.mp3?f=.mp3#mp3", "https://h/v1.mp3/a.opus?f=.mp3#mp3"),
        ("https://h/v1.2/welcome", "https://h/v1.2/welcome.opus"),
        ("https://h/a.b.c", "https://h/a.b.opus"),
    ],
)
def test_only_the_paths_extension_changes(url: str, changed: str) -> None:
    assert with_extension(url, "opus") == changed


def test_a_url_without_its_query_may_be_shown() -> None:
    assert without_query("https://h:8443/a/b.wav?sig=hunter2#x") == "https://h:8443/a/b.wav"
    assert without_query("https://h/a.wav") == "https://h/a.wav"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/a.wav", "https://h/a.wav?normalize=true"),
        ("https://h/a.wav?", "https://h/a.wav?normalize=true"),
        ("https://h/a.wav?normalize=false", "https://h/a.wav?normalize=true"),
        ("https://h/a.wav?normalize", "https://h/a.wav?normalize=true"),
        ("https://h/a.wav?norm%61lize=0&b=2&normalize=1", "https://h/a.wav?b=2&normalize=true"),
        ("https://h/a.wav?s=a%2Fb+c&b=&c", "https://h/a.wav?s=a%2Fb+c&b=&c&normalize=true"),
        ("https://h/a.wav?Normalize=x&denormalize=y", "https://h/a.wav?Normalize=x&denormalize=y&normalize=true"),
        ("https://h/a.wav?u=https://x/?y=1", "https://h/a.wav?u=https://x/?y=1&normalize=true"),
    ],
)
def test_normalize_is_true_and_the_others_stay_as_they_were(url: str, expected: str) -> None:
    assert normalized(url) == expected


words = st.text("abnormlize=&%61+./?", max_size=30)


@given(words)
def test_whatever_the_query_it_ends_up_normalized_once(query: str) -> None:
    before = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "normalize"]
    url = normalized(f"https://h/a.wav?{query}")
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == [*before, ("normalize", "true")]
    assert normalized(url) == url


paths = st.text("abmp3./%-", max_size=20).map(lambda path: f"/{path}")


@given(host=st.sampled_from(("mp3.example", "h", "a.mp3:8443")), path=paths, query=words)
def test_a_new_extension_touches_neither_host_nor_folder_nor_query(host: str, path: str, query: str) -> None:
    changed = with_extension(f"https://{host}{path}?{query}", "opus")
    assert extension(changed) == "opus"
    assert changed.startswith(f"https://{host}{path.rpartition('/')[0]}/")
    assert changed.endswith(f".opus?{query}")
    assert with_extension(changed, "opus") == changed


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "empty"),
        ("https://h/a b.wav", "white space"),
        ("https://h/a.wav\n", "white space"),
        ("https://h/\x00a.wav", "control"),
        ("https://h\\@127.0.0.1/a.wav", "backslash"),
        ("https://ada:hunter2@h/a.wav", "password"),
        ("https://ada@h/a.wav", "user"),
        ("https://h/a.wav#@127.0.0.1", "fragment"),
        ("https://h/a.wav#", "fragment"),
        ("ftp://h/a.wav", "http"),
        ("file:///etc/passwd.wav", "http"),
        ("//h/a.wav", "http"),
        ("http://h/a.wav", "https"),
        ("https://127.0.0.1/a.wav", "no public address"),
        ("https://[::ffff:7f00:1]/a.wav", "no public address"),
        ("https://169.254.169.254/a.wav", "no public address"),
        ("https://127.1/a.wav", "number"),
        ("https://2130706433/a.wav", "number"),
        ("https://0x7f000001/a.wav", "number"),
        ("https:///a.wav", "host"),
    ],
)
def test_what_genesys_must_not_be_told_to_fetch(url: str, words: str) -> None:
    for addresses in (None, (), PUBLIC):
        wrong = url_objection(url, NOTHING, addresses)
        assert wrong is not None
        assert words in wrong
        assert "hunter2" not in wrong


def test_a_name_is_judged_when_its_addresses_are_known() -> None:
    url = "https://media.example/a.wav"
    assert url_objection(url, NOTHING) is None
    assert url_objection(url, NOTHING, PUBLIC) is None
    assert "10.0.0.7" in (url_objection(url, NOTHING, (*PUBLIC, "10.0.0.7")) or "")


def test_a_name_that_does_not_resolve_here_is_no_objection() -> None:
    assert url_objection("https://only-genesys-knows.example/a.wav", NOTHING, ()) is None


def test_a_listed_target_may_be_private_and_plain_http() -> None:
    allow = allowed("media.lan, 127.0.0.0/8")
    assert url_objection("http://media.lan/a.wav", allow, ("10.0.0.7",)) is None
    assert url_objection("http://127.0.0.1:9000/a.wav", allow) is None
    assert url_objection("http://localhost/a.wav", allow) is None, "which network it is in is not known yet"
    assert url_objection("http://localhost/a.wav", allow, ("127.0.0.1",)) is None
    assert "https" in (url_objection("http://h/a.wav", allow, PUBLIC) or "")
    assert "https" in (url_objection("http://h/a.wav", allow, ()) or "")
    assert "https" in (url_objection("http://h/a.wav", allowed("media.lan")) or "")
