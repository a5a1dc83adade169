"""Which file of the CDN a prompt is, and that it is always one of the CDN's."""

from posixpath import normpath
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.playbacks import Listener
from rules.languages import language_tag
from rules.prompts import (
    DEFAULT_CODECS,
    codecs_of,
    for_codecs,
    is_prompt_key,
    language_of,
    prompt_url,
    tier_of,
)

CDN = "https://mp3.cdn.example/prompts"
CLIMBERS = (
    *("..", "../x", "..%2f", "..%2fx", "%2e%2e", "a/../b", "a/b", "/etc/passwd", "a\\b", "a..b", "...", "a?b", "a#b"),
    *("", " ", "a b", "a\n", "\na", "a\x00", "%00", "a%00", "．．／x", "ａ", "ä", "a;b", "a:b", "a@b", "x" * 129),
)
NO_CODECS: tuple[object, ...] = (None, "", ",", [], [7], {}, 7, True, "../x", "a b")


def listener(language: str = "en", codecs: tuple[str, ...] = DEFAULT_CODECS, tier: str = "standard") -> Listener:
    return Listener(language=language, tier=tier_of(tier), codecs=codecs)


@pytest.mark.parametrize("key", ["welcome", "welcome_message", "v1.2", "A-Z.0_9", ".", "a.", ".a", "x" * 128])
def test_a_prompt_has_a_plain_name(key: str) -> None:
    assert is_prompt_key(key)


@pytest.mark.parametrize("key", CLIMBERS)
def test_no_name_climbs_out_of_its_folder(key: str) -> None:
    assert not is_prompt_key(key)
    with pytest.raises(ValueError):
        prompt_url(CDN, listener(), key)


@pytest.mark.parametrize(
    ("attribute", "language"),
    [(None, "en"), ("", "en"), ("de", "de"), ("PT-br", "pt-br"), ("zh-Hant-TW", "zh-hant-tw")],
)
def test_the_language_is_the_participants_and_english_where_it_is_unset(attribute: object, language: str) -> None:
    assert language_of(attribute) == language


@pytest.mark.parametrize("attribute", ["../../x", "..%2f", "%00", "en\n", "．．", "en_US", " ", 7, True, ["en"], {}])
def test_a_language_that_is_no_tag_is_none(attribute: object) -> None:
    assert language_of(attribute) is None


@pytest.mark.parametrize(
    ("attribute", "tier"),
    [
        ("premium", "premium"),
        ("PREMIUM", "premium"),
        ("standard", "standard"),
        *((odd, "standard") for odd in ("gold", "", " premium", "premium\n", "../premium", None, 7, ["premium"])),
    ],
)
def test_any_tier_but_premium_is_the_standard_one(attribute: object, tier: str) -> None:
    assert tier_of(attribute) == tier


@pytest.mark.parametrize(
    ("listed", "codecs"),
    [
        ("mp3,opus,wav", ("mp3", "opus", "wav")),
        (" OPUS , wav ,opus", ("opus", "wav")),
        (["wav", "PCMU", 7, None], ("wav", "pcmu")),
        (["../../x", "a/b", "", "mp3\x00", "mp3?x", "wav"], ("wav",)),
        *((odd, DEFAULT_CODECS) for odd in NO_CODECS),
    ],
)
def test_codecs_come_as_text_or_list_and_what_is_no_name_does_not_count(
    listed: object, codecs: tuple[str, ...]
) -> None:
    assert codecs_of(listed) == codecs


@pytest.mark.parametrize(
    ("supported", "extension"),
    [
        (("mp3", "opus", "wav"), "mp3"),
        (("wav", "mp3"), "mp3"),
        (("wav", "opus"), "opus"),
        (("opus",), "opus"),
        (("wav", "pcmu"), "wav"),
        (("pcmu", "wav"), "pcmu"),
    ],
)
def test_the_recorded_codec_then_opus_then_what_is_supported_first(supported: tuple[str, ...], extension: str) -> None:
    assert prompt_url(CDN, listener(codecs=supported), "mp3.v1") == f"{CDN}/en/standard/mp3.v1.{extension}"


def test_a_supported_extension_stays_as_it_is_written() -> None:
    assert for_codecs("https://h/a.MP3", ("mp3",)) == "https://h/a.MP3"
    assert for_codecs("https://h/a.wav", ("opus", "mp3")) == "https://h/a.opus"
    assert for_codecs("https://h/a.wav", ("mp3", "opus")) == "https://h/a.opus", "whatever the order of the list"
    assert for_codecs("https://h/a.wav", ("mp3", "pcmu")) == "https://h/a.mp3"


def test_language_and_tier_are_folders() -> None:
    assert prompt_url(CDN, listener("pt-br", tier="premium"), "welcome") == f"{CDN}/pt-br/premium/welcome.mp3"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://cdn.example", "https://cdn.example/en/standard/welcome.mp3"),
        ("https://cdn.example/", "https://cdn.example/en/standard/welcome.mp3"),
        ("https://cdn.example/a/b//", "https://cdn.example/a/b/en/standard/welcome.mp3"),
        ("https://cdn.example/a?sig=x.mp3", "https://cdn.example/a/en/standard/welcome.mp3?sig=x.mp3"),
    ],
)
def test_the_base_may_end_as_it_likes(base: str, url: str) -> None:
    assert prompt_url(base, listener(), "welcome") == url


def test_a_base_with_a_query_keeps_it_when_the_codec_changes() -> None:
    url = prompt_url("https://cdn.example/a?sig=x.mp3", listener(codecs=("opus",)), "mp3")
    assert url == "https://cdn.example/a/en/standard/mp3.opus?sig=x.mp3"


@pytest.mark.parametrize(
    "wrong", [listener("../../x"), listener("en\n"), listener(codecs=("../x",)), listener(codecs=())]
)
def test_what_was_not_checked_before_is_not_built(wrong: Listener) -> None:
    with pytest.raises(ValueError):
        prompt_url(CDN, wrong, "welcome")


anything = st.none() | st.integers() | st.text() | st.sampled_from(CLIMBERS) | st.lists(st.text(max_size=5), max_size=3)
keys = st.text(max_size=20) | st.from_regex(r"[A-Za-z0-9._/%-]{1,20}") | st.sampled_from(CLIMBERS)
bases = st.sampled_from((CDN, CDN + "/", "https://cdn.example", "https://cdn.example/a.mp3/mp3?mp3=.mp3"))


@given(base=bases, language=anything | st.just("pt-br"), tier=anything, codecs=anything, key=keys | st.just("welcome"))
def test_whatever_comes_from_outside_the_url_stays_in_the_cdns_folder(
    base: str, language: object, tier: object, codecs: object, key: str
) -> None:
    tag = language_of(language)
    if tag is None or not is_prompt_key(key):
        return
    url = prompt_url(base, Listener(language=tag, tier=tier_of(tier), codecs=codecs_of(codecs)), key)
    parts, folder = urlsplit(url), urlsplit(base)
    below = parts.path.removeprefix(folder.path.rstrip("/") + "/").split("/")
    assert (parts.scheme, parts.netloc, parts.query) == (folder.scheme, folder.netloc, folder.query)
    assert parts.fragment == ""
    assert normpath(unquote(parts.path)) == parts.path
    assert len(below) == 3
    assert language_tag(below[0]) == below[0]
    assert below[1] in {"standard", "premium"}
    assert below[2].startswith(f"{key}.")
    assert below[2].removeprefix(f"{key}.") in codecs_of(codecs)
