"""Calls to small servers over real sockets."""

import base64
import hashlib
import hmac
import json
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import simulator
from simulator.calls.__main__ import main
from simulator.calls.signature import COMPONENTS
from simulator.wav import read_wav
from tests.simulator.calls.servers import KEY, Heard, audiohook, media_api, serving

HOME = Path(__file__).parents[3]
FLIGHT = Path(simulator.__file__).parent / "audio" / "calls" / "en.flight.wav"
SHORT = ("--duration", "0.4")


def placed(capsys: pytest.CaptureFixture[str], url: str, protocol: str, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report."""
    code = main(["--url", url, "--protocol", protocol, "--key", KEY, "--json", *options])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


def hooked(
    capsys: pytest.CaptureFixture[str], answers: dict[str, Any], *options: str
) -> tuple[int, dict[str, Any], Heard]:
    heard = Heard()
    with serving(audiohook(heard, answers)) as url:
        return *placed(capsys, url, "audiohook", *SHORT, *options), heard


def sent(frames: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [frame for frame in frames if frame["type"] == kind]


def test_a_file_is_streamed_whole_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    heard = Heard()
    with serving(media_api(heard)) as url:
        code, report = placed(capsys, url, "tutorial", "--wav", str(FLIGHT), "--frame-ms", "100")
    (frames,) = heard.frames
    assert code == 0
    assert [frame["sequenceNumber"] for frame in frames] == list(range(1, len(frames) + 1))
    audio = b"".join(base64.b64decode(frame["audio"]) for frame in frames)
    assert audio.rstrip(b"\xff") == read_wav(FLIGHT.read_bytes(), "").ulaw.rstrip(b"\xff")
    assert {(frame["format"], frame["sampleRate"]) for frame in frames} == {("PCMU", 8000)}
    (row,) = report["each"]
    assert (row["outcome"], row["frames"], row["close_code"]) == ("completed", len(frames), 1000)
    assert {frame["conversationId"] for frame in frames} == {row["conversation_id"]}


def test_frames_are_sent_in_real_time(capsys: pytest.CaptureFixture[str]) -> None:
    heard = Heard()
    with serving(media_api(heard)) as url:
        _, report = placed(capsys, url, "tutorial", "--calls", "3", "--duration", "1", "--ramp", "1000")
    assert report["seconds"] >= 0.98
    assert [len(frames) for frames in heard.frames] == [50, 50, 50]


def test_gaps_and_repeats_are_seen_in_the_sequence(capsys: pytest.CaptureFixture[str]) -> None:
    heard = Heard()
    with serving(media_api(heard)) as url:
        code, report = placed(capsys, url, "tutorial", "--duration", "2", "--gaps", "0.2", "--repeats", "0.2")
    numbers = [frame["sequenceNumber"] for frame in heard.frames[0]]
    assert len(set(numbers)) < max(numbers)
    assert len(numbers) > len(set(numbers))
    assert numbers == sorted(numbers)
    assert (code, report["frames"]) == (0, len(numbers))


def test_a_connection_dropped_on_purpose_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(media_api(Heard())) as url:
        code, report = placed(capsys, url, "tutorial", *SHORT, "--drops", "1")
    assert (code, report["dropped"]) == (0, 1)


def test_a_key_that_is_refused_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(media_api(Heard())) as url:
        code, report = placed(capsys, url, "tutorial", "--key", "other")
    assert (code, report["refused"]) == (1, 1)
    assert list(report["why"]) == ["the upgrade was refused: 401 Unauthorized: that is no key here"]


def test_nobody_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, report = placed(capsys, "ws://127.0.0.1:1", "tutorial", "--calls", "2")
    assert (code, report["lost"]) == (1, 2)


def test_a_session_goes_through_its_whole_life(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, heard = hooked(capsys, {}, "--language", "de-DE")
    (frames,) = heard.frames
    assert [frame["type"] for frame in frames] == ["open", "close"]
    assert (frames[0]["position"], frames[1]["position"]) == ("PT0S", "PT0.4S")
    assert (frames[0]["parameters"]["language"], frames[1]["parameters"]) == ("de-DE", {"reason": "end"})
    assert [len(audio) for audio in heard.audio[0]] == [160] * 20
    assert (code, report["completed"], report["violations"]) == (0, 1, {})


def test_a_call_of_whose_media_none_is_taken_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, heard = hooked(capsys, {"opened": {"media": []}})
    assert (code, report["refused"], heard.audio) == (1, 1, [[]])
    assert list(report["why"]) == ["the server takes none of the offered media (PCMU, 8000 Hz)"]
    assert sent(heard.frames[0], "close")[0]["parameters"] == {"reason": "end"}


def test_both_channels_are_interleaved(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, heard = hooked(capsys, {}, "--stereo")
    assert len(heard.frames[0][0]["parameters"]["media"]) == 3
    assert (code, {len(audio) for audio in heard.audio[0]}) == (0, {320})


def test_the_upgrade_is_signed(capsys: pytest.CaptureFixture[str]) -> None:
    secret = b"a secret that is long enough"
    _, _, heard = hooked(capsys, {}, "--secret", base64.b64encode(secret).decode())
    headers = {name.lower(): value for name, value in heard.headers[0].items()}
    parameters = headers["signature-input"].removeprefix("sig1=")
    values = headers | {"@request-target": "/audiohook", "@authority": headers["host"]}
    base = [f'"{name}": {values[name]}' for name in COMPONENTS] + [f'"@signature-params": {parameters}']
    digest = base64.b64encode(hmac.new(secret, "\n".join(base).encode(), hashlib.sha256).digest()).decode()
    assert headers["signature"] == f"sig1=:{digest}:"
    assert re.search(r'nonce="[^"]{22,}"', parameters)


def test_lost_audio_is_told_as_discarded(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, heard = hooked(capsys, {}, "--gaps", "0.5")
    (frames,) = heard.frames
    discarded = sent(frames, "discarded")
    assert discarded
    assert {frame["parameters"]["discarded"] for frame in discarded} == {"PT0.02S"}
    assert [frame["parameters"]["start"] for frame in discarded] == [frame["position"] for frame in discarded]
    assert len(heard.audio[0]) + len(discarded) == 20
    assert (code, sent(frames, "close")[0]["position"]) == (0, "PT0.4S")


def test_the_servers_pause_is_obeyed_and_its_audio_counted_as_discarded(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, heard = hooked(capsys, {"then": [("pause", None)], "resumes": True})
    (frames,) = heard.frames
    assert [frame["type"] for frame in frames] == ["open", "paused", "resumed", "close"]
    assert frames[2]["parameters"]["start"] == frames[1]["position"]
    assert (code, frames[3]["position"]) == (0, "PT0.4S")


def test_another_language_is_told_with_an_update(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, heard = hooked(capsys, {}, "--script", "sent 5, language fr-FR")
    (update,) = sent(heard.frames[0], "update")
    assert (code, update["parameters"], update["position"]) == (0, {"language": "fr-FR"}, "PT0.1S")


def test_a_server_that_does_not_answer_pings_loses_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, heard = hooked(capsys, {"silent": True}, "--duration", "3")
    assert (code, report["lost"], report["violations"]) == (1, 1, {"no pong before the next ping": 1})
    (error,) = sent(heard.frames[0], "error")
    assert (error["parameters"]["code"], heard.frames[0][-1]["parameters"]) == (408, {"reason": "error"})


def test_a_session_that_begins_paused_sends_no_audio(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, heard = hooked(capsys, {"opened": {"startPaused": True}})
    assert heard.audio == [[]]
    assert [frame["type"] for frame in heard.frames[0]] == ["open", "paused", "close"]


def test_a_probe_is_answered_without_media(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, heard = hooked(capsys, {}, "--probe")
    assert heard.frames[0][0]["parameters"]["participant"]["id"] == "00000000-0000-0000-0000-000000000000"
    assert heard.frames[0][0]["parameters"]["supportedLanguages"] is True
    assert (code, report["completed"], heard.audio) == (0, 1, [[]])


def test_pings_are_sent_and_timed(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, heard = hooked(capsys, {}, "--duration", "2.4")
    pings = sent(heard.frames[0], "ping")
    assert len(pings) == 2
    assert (pings[0]["parameters"], list(pings[1]["parameters"])) == ({}, ["rtt"])
    assert code == 0


@pytest.mark.parametrize(("reason", "outcome"), [("unauthorized", "refused"), ("error", "lost")])
def test_a_server_that_disconnects_is_told_why(capsys: pytest.CaptureFixture[str], reason: str, outcome: str) -> None:
    code, report, heard = hooked(capsys, {"refuse": reason})
    assert (code, report[outcome], list(report["why"])) == (1, 1, [f"the server disconnected: {reason}"])
    assert [frame["type"] for frame in heard.frames[0]] == ["open", "close"]


def test_a_server_that_closes_the_call_itself_has_it_completed(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, _ = hooked(capsys, {"then": [("disconnect", {"reason": "completed"})]})
    assert (code, report["completed"]) == (0, 1)


def test_bad_manners_are_reported_and_fail_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, _ = hooked(capsys, {"hangs_up": True, "opened": {"media": [{"type": "video"}]}})
    assert code == 1
    assert "opened: media is none of those offered, or changed" in report["violations"]
    assert any("closed the connection first" in what for what in report["violations"])


def test_transcripts_that_come_back_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    reading = {"confidence": 0.9, "interpretations": [{"type": "display", "transcript": "hello"}]}
    data = {"id": "1", "channelId": 0, "isFinal": True, "alternatives": [reading]}
    told = ("event", {"entities": [{"type": "transcript", "data": data}]})
    _, report, _ = hooked(capsys, {"then": [told]})
    assert (report["each"][0]["transcripts"], report["violations"]) == (["hello"], {})


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--stereo"], "--stereo: not with --protocol tutorial"),
        (["--gaps", "2"], "--gaps: expected a likelihood from 0 to 1"),
        (["--wav", "/nowhere.wav"], "--wav /nowhere.wav: No such file or directory\n"),
        (["--wav", __file__], f"--wav {__file__}: not a WAV file"),
        (["--rate", "16000"], "--rate 16000: the shipped files have 8000 Hz; give others with --wav"),
        (["--rate", "16000", "--wav", str(FLIGHT)], "8000 Hz, but the calls have 16000 Hz; convert it"),
        (["--rate", "0"], "--rate: expected samples a second"),
        (["--frame-ms", "0"], "--frame-ms: expected milliseconds from 1 to 1000"),
        (["--calls", "0"], "--calls: expected more than 0"),
        (["--silence", "-1"], "--silence: expected seconds"),
        (["--key", ""], "--key: expected ASCII"),
        (["--key", "k\r\nX-Other: 1"], "--key: expected ASCII"),
        (["--key", "ключ"], "--key: expected ASCII"),
        (["--ca-file", "ca.pem"], "--ca-file: only with wss://"),
        (["--script", "sent"], "--script: expected fates"),
        (["--protocol", "audiohook", "--secret", "!"], "--secret: expected base64"),
        (["--url", "http://127.0.0.1"], "--url: expected ws://"),
        (["--url", "ws://"], "--url: expected ws://"),
        (["--url", "ws://127.0.0.1:99999"], "--url: expected ws://"),
        (["--url", "wss://127.0.0.1:1", "--ca-file", "/nowhere.pem"], "--ca-file /nowhere.pem: No such file"),
        (["--duration", "nan"], "--duration: expected seconds"),
        (["--duration", "inf"], "--duration: expected seconds"),
        (["--ramp", "nan"], "--ramp"),
        (["--reconnect"], "--reconnect: not with --protocol tutorial"),
        (["--script", "language de-DE"], "--script: language: not with --protocol tutorial"),
        (["--protocol", "audiohook", "--script", "repeated 1"], "--script: repeated: not with --protocol audiohook"),
    ],
)
def test_bad_input_is_named(options: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "ws://127.0.0.1:1", "--protocol", "tutorial", "--key", "k", *options]) == 78
    assert problem in capsys.readouterr().err


def test_everything_that_is_wrong_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ("--url", "ws://", "--protocol", "audiohook", "--key", "", "--script", "no", "--secret", "!")
    assert main(wrong) == 78
    named = [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()]
    assert named == ["--url", "--key", "--script", "--secret"]


def test_tls_that_is_not_spoken_there_is_told_once_and_in_words(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def hang_up(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            assert connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Thread(target=hang_up, args=(listening,), daemon=True)
        server.start()
        code = main(["--url", f"wss://127.0.0.1:{listening.getsockname()[1]}", "--protocol", "tutorial", "--key", "k"])
        server.join(10)
    assert (code, caplog.records) == (1, [])
    told = capsys.readouterr().out
    assert "no connection: TLS failed: the server closed the connection (is it wss:// there?)" in told


def test_it_runs_from_the_command_line() -> None:
    with serving(media_api(Heard())) as url:
        command = [
            sys.executable,
            "-m",
            "simulator.calls",
            "--url",
            url,
            "--protocol",
            "tutorial",
            "--key",
            KEY,
            *SHORT,
        ]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 call in ")
