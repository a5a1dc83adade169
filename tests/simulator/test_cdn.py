import io
import wave
from typing import Any

import pytest
import requests

from simulator.assets import FOLDER
from simulator.server import Simulator
from tests.simulator.client import WAIT_S, trust

WELCOME = (FOLDER / "en.standard.welcome.mp3").read_bytes()


def get(
    box: Simulator, path: str = "en/standard/welcome.mp3", method: str = "GET", **headers: str
) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    options: dict[str, Any] = {"timeout": WAIT_S, "verify": trust(box), "allow_redirects": False}
    return requests.request(method, f"{box.cdn_url}/{path}", headers=named, **options)


def test_a_prompt_is_served_without_a_login(genesys_simulator: Simulator) -> None:
    answer = get(genesys_simulator)
    assert (answer.status_code, answer.content) == (200, WELCOME)
    assert (answer.headers["Content-Type"], answer.headers["Accept-Ranges"]) == ("audio/mpeg", "bytes")


def test_a_head_says_how_long_it_is_and_sends_nothing(genesys_simulator: Simulator) -> None:
    answer = get(genesys_simulator, method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(WELCOME))
    assert answer.headers["ETag"] == get(genesys_simulator).headers["ETag"]


@pytest.mark.parametrize("extension", ["wav", "mp3", "ogg", "opus"])
@pytest.mark.parametrize("tier", ["standard", "premium"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_welcome_is_there_in_every_way(
    genesys_simulator: Simulator, language: str, tier: str, extension: str
) -> None:
    answer = get(genesys_simulator, f"{language}/{tier}/welcome.{extension}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("audio/")


def test_a_wav_is_pcm_at_the_rate_of_its_tier(genesys_simulator: Simulator) -> None:
    for tier, rate_hz in (("standard", 8_000), ("premium", 16_000)):
        with wave.open(io.BytesIO(get(genesys_simulator, f"en/{tier}/welcome.wav").content)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (rate_hz, 1, 2)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, len(WELCOME)), ("bytes=-10", len(WELCOME) - 10, len(WELCOME))],
)
def test_a_range_is_sent_alone(genesys_simulator: Simulator, asked: str, first: int, last: int) -> None:
    answer = get(genesys_simulator, Range=asked)
    assert (answer.status_code, answer.content) == (206, WELCOME[first:last])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(WELCOME)}"


def test_a_range_that_reaches_too_far_is_cut(genesys_simulator: Simulator) -> None:
    assert get(genesys_simulator, Range="bytes=0-999999").content == WELCOME


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=9-3", "bytes=x-y"])
def test_a_range_that_cannot_be_is_416(genesys_simulator: Simulator, asked: str) -> None:
    answer = get(genesys_simulator, Range=asked)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(WELCOME)}")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2"])
def test_what_is_not_one_range_of_bytes_gets_the_whole(genesys_simulator: Simulator, asked: str) -> None:
    answer = get(genesys_simulator, Range=asked)
    assert (answer.status_code, answer.content) == (200, WELCOME)


def test_a_cdn_may_not_know_ranges(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(cdn_ranges=False)
    answer = get(genesys_simulator, Range="bytes=0-99")
    assert (answer.status_code, answer.content) == (200, WELCOME)
    assert "Accept-Ranges" not in answer.headers


def test_what_has_not_changed_is_304(genesys_simulator: Simulator) -> None:
    etag = get(genesys_simulator).headers["ETag"]
    answer = get(genesys_simulator, If_None_Match=etag)
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert get(genesys_simulator, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize(
    "path", ["fr/standard/welcome.mp3", "en/standard/..%2fmake.sh", "en/standard/README.md", "en/x"]
)
def test_what_is_not_there_is_404(genesys_simulator: Simulator, path: str) -> None:
    assert get(genesys_simulator, path).status_code == 404


def test_a_file_can_be_put_there_changed_and_taken_away(genesys_simulator: Simulator) -> None:
    etags = []
    for content in (b"first", b"second"):
        genesys_simulator.set_asset("fr/premium/adieu.wav", content)
        answer = get(genesys_simulator, "fr/premium/adieu.wav")
        assert (answer.content, answer.headers["Content-Type"]) == (content, "audio/wav")
        etags.append(answer.headers["ETag"])
    assert etags[0] != etags[1]
    assert genesys_simulator.remove_asset("fr/premium/adieu.wav") == 1
    assert get(genesys_simulator, "fr/premium/adieu.wav").status_code == 404


def test_one_box_does_not_change_anothers_files(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_asset("en/standard/welcome.mp3", b"mine", "text/plain")
    with Simulator() as other:
        assert get(genesys_simulator).headers["Content-Type"] == "text/plain"
        assert get(other).content == WELCOME


def test_the_cdn_speaks_tls(genesys_simulator_tls: Simulator) -> None:
    assert genesys_simulator_tls.cdn_url.startswith("https://")
    assert get(genesys_simulator_tls).content == WELCOME


def test_a_fault_can_be_for_one_file_and_one_method(genesys_simulator: Simulator) -> None:
    path = "/cdn/en/standard/welcome.mp3"
    genesys_simulator.add_fault("status", status=405, route="cdn", path=path, method="HEAD", times="always")
    codes = [get(genesys_simulator, method=method).status_code for method in ("HEAD", "GET")]
    other = get(genesys_simulator, "en/standard/welcome.wav", method="HEAD").status_code
    assert (codes, other) == ([405, 200], 200)


def test_a_cdn_can_redirect_to_where_nobody_should_go(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("status", status=302, location="http://169.254.169.254/latest", route="cdn")
    answer = get(genesys_simulator)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://169.254.169.254/latest")


@pytest.mark.parametrize("action", ["abort", "silence"])
def test_the_cdn_can_be_out_of_reach(genesys_simulator: Simulator, action: str) -> None:
    genesys_simulator.add_fault(action, route="cdn")
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
        requests.get(f"{genesys_simulator.cdn_url}/en/standard/welcome.mp3", timeout=0.2)
    assert genesys_simulator.counts()["cdn.requests"] == 1
