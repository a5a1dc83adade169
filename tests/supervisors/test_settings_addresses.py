import pytest

from rules.addresses import allowed
from supervisors.settings.addresses import genesys_url, masked, split_listen, store_url, web_url


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.mypurecloud.ie", "https://api.mypurecloud.ie"),
        ("https://api.mypurecloud.ie/", "https://api.mypurecloud.ie"),
        ("https://proxy.example.com:8443/genesys/", "https://proxy.example.com:8443/genesys"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
        ("http://localhost:9000", "http://localhost:9000"),
    ],
)
def test_takes_https_and_plain_http_to_this_machine_for_genesys(url: str, kept: str) -> None:
    assert genesys_url(url, "https", "http") == kept


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://api.mypurecloud.ie", "token"),
        ("http://10.0.0.1", "token"),
        ("http://127.0.0.1.example.com", "token"),
        ("ftp://api.mypurecloud.ie", "ftp://"),
        ("wss://api.mypurecloud.ie", "wss://"),
        ("api.mypurecloud.ie", "scheme://host"),
        ("https://", "scheme://host"),
        ("https://0x7f.1", "scheme://host"),
        ("https://api.example.com:port", "malformed"),
        ("https://api.example.com:70000", "malformed"),
        ("https://[::1", "malformed"),
        ("https://user:pass@api.example.com", "password"),
        ("https://api.example.com?key=1", "query"),
        ("https://api.example.com#top", "fragment"),
        ("https://api.example.com/a b", "white space"),
        ("https://api.example.com/\r\nX: y", "white space"),
        ("https://münchen.example", "ASCII"),
    ],
)
def test_refuses_for_genesys(url: str, word: str) -> None:
    with pytest.raises(ValueError, match=word) as refused:
        genesys_url(url, "https", "http")
    assert "pass" not in str(refused.value).replace("password", "")


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://media.example.com/hook?key=1", ""),
        ("https://8.8.8.8/hook", ""),
        ("http://media.internal/hook", "media.internal"),
        ("http://10.1.2.3:8000/hook", "10.0.0.0/8"),
        ("http://127.0.0.1:8000/hook", "127.0.0.1"),
        ("http://localhost:8000/hook", "127.0.0.0/8"),
        ("http://resolves.later/hook", "10.0.0.0/8"),
    ],
)
def test_takes_https_to_the_world_and_what_is_listed(url: str, allow: str) -> None:
    assert web_url(url, allowed(allow)) == url


@pytest.mark.parametrize(
    ("url", "allow", "word"),
    [
        ("http://media.example.com/hook", "", "https"),
        ("http://media.example.com/hook", "other.example.com", "https"),
        ("https://10.1.2.3/hook", "", "SWITCHBOARD_URLS__ALLOW"),
        ("https://10.1.2.3/hook", "192.168.0.0/16", "SWITCHBOARD_URLS__ALLOW"),
        ("https://localhost/hook", "", "SWITCHBOARD_URLS__ALLOW"),
        ("https://169.254.169.254/latest", "", "SWITCHBOARD_URLS__ALLOW"),
        ("https://user:pass@media.example.com/hook", "", "user or password"),
        ("gopher://media.example.com/hook", "", "http"),
    ],
)
def test_refuses_to_call(url: str, allow: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        web_url(url, allowed(allow))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/switchboard/journal.db",
        "sqlite:///journal.db",
        "postgresql://user:secret@db.example.com:5432/switchboard",
        "postgresql+psycopg://db.example.com/switchboard?sslmode=verify-full",
    ],
)
def test_takes_the_stores_there_are(url: str) -> None:
    assert store_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hunter2@db/switchboard",
        "sqlite://hunter2.db",
        "hunter2",
        "postgresql://user:hunter2/x@db/switchboard",
        "postgresql://user:1/hunter2@db/switchboard",
        "postgresql://user:1#hunter2@db/switchboard",
    ],
)
def test_refuses_other_stores_without_a_word_of_their_password(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        store_url(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("gateway.example.com:1", "gateway.example.com", 1)],
)
def test_splits_host_and_port(text: str, host: str, port: int) -> None:
    assert split_listen(text) == (host, port)


@pytest.mark.parametrize(
    "text", ["", "8080", ":8080", "localhost", "localhost:", "localhost:-1", "h:65536", "::1:80", "h:٣"]
)
def test_says_how_an_address_to_listen_at_has_to_look(text: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8080"):
        split_listen(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://media.example.com/hook?key=1#x", "https://media.example.com/hook?****"),
        ("postgresql://user:p@ss@db/switchboard", "postgresql://user:****@db/switchboard"),
        ("postgresql://user@db/switchboard?password=1", "postgresql://user@db/switchboard?****"),
        ("sqlite:////var/lib/journal.db", "sqlite:////var/lib/journal.db"),
    ],
)
def test_shows_a_url_without_its_secrets(url: str, shown: str) -> None:
    assert masked(url) == shown
