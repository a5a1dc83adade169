"""What `python -m simulator.calls` can be told, and the campaign that it comes to."""

import base64
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from simulator.calls.audio import FORMATS, L16, PCMU
from simulator.calls.customer import OFFERED_S, Customer
from simulator.calls.exchange import AUDIOHOOK, PATHS, TUTORIAL, Campaign
from simulator.calls.mishaps import Fate, Language, Likelihood, Run, read_script
from simulator.forms import BadInput

LONGEST_S = 7 * 86_400  # of one call
SHIPPED_HZ = 8000
FOLDER = Path(__file__).resolve().parent.parent / "audio" / "calls"
DESCRIPTION = """\
A simulated Genesys that streams WAV files in real time to a media server, many calls at once, over the tutorial's
/media-api or over AudioHook v2, and says what it saw: latencies, close codes, lost calls, and whatever the server did
against the protocol. Made to test servers of any make; it knows nothing of this project's own.
"""
EXAMPLES = """\
examples:
  python -m simulator.calls --url ws://127.0.0.1:8081 --protocol tutorial --key K --calls 200 --duration 30
  python -m simulator.calls --url wss://hook.example.com/audiohook --protocol audiohook --key K --secret B64 --stereo
  python -m simulator.calls --url ws://127.0.0.1:8081 --protocol audiohook --key K --calls 50 --bursts --pauses
  python -m simulator.calls --url ws://127.0.0.1:8081 --protocol audiohook --key K --calls 50 --drops 0.5 --reconnect

exit codes: 0 all is well; 1 calls lost or refused, or the protocol violated; 2 usage; 78 a value that cannot be used
"""


T = TypeVar("T", Customer, Likelihood)
Read = TypeVar("Read")


def parser() -> ArgumentParser:
    made = ArgumentParser(
        prog="python -m simulator.calls",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    made.add_argument("--url", required=True, help="ws:// or wss://; without a path /media-api or /audiohook is added")
    made.add_argument("--protocol", required=True, choices=sorted(PATHS), help="what is spoken there")
    made.add_argument("--key", required=True, help="the bearer (tutorial) or the API key (audiohook)")
    made.add_argument("--calls", type=int, default=1, metavar="N", help="how many calls (1)")
    made.add_argument("--ramp", type=float, default=50.0, metavar="PER_S", help="calls begun a second (50)")
    made.add_argument("--ca-file", type=Path, help="the authority to trust, as PEM (the system's)")
    made.add_argument(
        "--seed", type=int, help="of everything that is left to chance; the same seed, the same calls (fresh)"
    )
    made.add_argument("--json", action="store_true", help="the report as JSON, with every call")
    _add_audio(made)
    _add_session(made)
    _add_mishaps(made)
    return made


def _add_audio(made: ArgumentParser) -> None:
    made.add_argument(
        "--wav",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="mono, 16-bit PCM or μ-law; each call the next one (those shipped)",
    )
    made.add_argument("--rate", type=int, default=8000, metavar="HZ", help="sample rate, of the files too (8000)")
    made.add_argument("--format", choices=FORMATS, default=PCMU, help="tutorial: how samples are encoded (PCMU)")
    made.add_argument("--frame-ms", type=int, default=20, metavar="MS", help="audio in a frame (20)")
    made.add_argument(
        "--duration", type=float, metavar="S", help="length of a call; its file is repeated or cut (once)"
    )
    made.add_argument("--silence", type=float, default=0.0, metavar="S", help="added behind each file (0)")


def _add_session(made: ArgumentParser) -> None:
    hook = made.add_argument_group("audiohook")
    hook.add_argument("--secret", metavar="BASE64", help="the client secret; upgrades are signed with it")
    hook.add_argument("--language", metavar="TAG", help="declared in open, for example de-DE")
    hook.add_argument("--stereo", action="store_true", help="offer both channels; the other is the next file")
    hook.add_argument("--probe", action="store_true", help="probes, as when an integration is saved")
    hook.add_argument(
        "--reconnect", action="store_true", help="continue a session that is lost, or that the server hands over"
    )
    hook.add_argument(
        "--offered-s",
        type=float,
        default=OFFERED_S,
        metavar="S",
        help=f"of the audio so far, by a session that continues another ({OFFERED_S:g})",
    )


def _add_mishaps(made: ArgumentParser) -> None:
    made.add_argument(
        "--gaps", type=float, default=0.0, metavar="P", help="likelihood of each frame to be lost, 0 to 1"
    )
    made.add_argument("--repeats", type=float, default=0.0, metavar="P", help="tutorial: of each frame to come twice")
    made.add_argument(
        "--drops", type=float, default=0.0, metavar="P", help="of each call, that its connection breaks somewhere"
    )
    made.add_argument("--bursts", action="store_true", help="hold audio back now and then, and send it all at once")
    made.add_argument("--pauses", action="store_true", help="pause now and then, as for a card number")
    made.add_argument(
        "--script", metavar="RUNS", help="the frames' fates in place of all that chance: 'sent 10, lost 2'"
    )


def campaign(options: Namespace) -> Campaign:
    """What the options ask for; BadInput names every problem."""
    wrong = _wrong(options)
    script = _read(_script, options, wrong)
    options.secret = _read(_secret, options, wrong)
    if wrong:
        raise BadInput(wrong)
    return Campaign(
        url=options.url,
        protocol=options.protocol,
        calls=options.calls,
        files=options.wav or sorted(FOLDER.glob("*.wav")),
        customer=_chosen(Customer, options),
        rate_hz=options.rate,
        frame_ms=options.frame_ms,
        duration_s=options.duration,
        silence_s=options.silence,
        ramp_per_s=options.ramp,
        likely=_chosen(Likelihood, options),
        script=script or (),
        audio_format=options.format,
        ca_file=options.ca_file,
        seed=options.seed,
    )


def _chosen(kind: type[T], options: Namespace) -> T:
    """One of its fields for each option of the same name."""
    given = vars(options)
    return kind(**{field.name: given[field.name] for field in fields(kind) if field.name in given})


def _wrong(options: Namespace) -> list[str]:
    foreign: dict[str, Any] = {
        TUTORIAL: {"--secret": options.secret, "--stereo": options.stereo, "--language": options.language}
        | {"--probe": options.probe, "--reconnect": options.reconnect},
        AUDIOHOOK: {"--repeats": options.repeats, "--format L16": options.format == L16},
    }[options.protocol]
    wrong = [f"{name}: not with --protocol {options.protocol}" for name, given in foreign.items() if given]
    wrong += [
        f"--{name}: expected a likelihood from 0 to 1"
        for name in ("gaps", "repeats", "drops")
        if not 0 <= getattr(options, name) <= 1
    ]
    if not _is_address(options.url):
        wrong.append("--url: expected ws://HOST or wss://HOST, with :PORT from 1 to 65535 and a path if need be")
    if options.ca_file is not None and not options.url.startswith("wss:"):
        wrong.append("--ca-file: only with wss://")
    if not _is_token(options.key):
        wrong.append("--key: expected ASCII characters that print, and no spaces")
    if options.duration is not None and not 0 < options.duration <= LONGEST_S:
        wrong.append(f"--duration: expected seconds, more than 0 and at most {LONGEST_S}")
    wrong += [f"--{name}: expected more than 0" for name in ("calls", "ramp") if not getattr(options, name) > 0]
    wrong += [
        f"--{name}: expected seconds from 0 to 3600"
        for name, given in (("silence", options.silence), ("offered-s", options.offered_s))
        if not 0 <= given <= 3600
    ]
    return wrong + _wrong_rate(options)


def _wrong_rate(options: Namespace) -> list[str]:
    if options.rate < 1:
        return ["--rate: expected samples a second, more than 0"]
    if not 1 <= options.frame_ms <= 1000:
        return ["--frame-ms: expected milliseconds from 1 to 1000"]
    if options.rate * options.frame_ms % 1000:
        return [f"--frame-ms: {options.frame_ms} ms are no whole samples at {options.rate} Hz"]
    if options.wav is None and options.rate != SHIPPED_HZ:
        return [f"--rate {options.rate}: the shipped files have {SHIPPED_HZ} Hz; give others with --wav"]
    return []


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_token(key: str) -> bool:
    return key.isascii() and key.isprintable() and key != "" and " " not in key


def _read(how: Callable[[Namespace], Read], options: Namespace, wrong: list[str]) -> Read | None:
    """What `how` reads; where it cannot be read, None, and `wrong` has one more."""
    try:
        return how(options)
    except BadInput as bad:
        wrong += bad.problems
        return None


def _script(options: Namespace) -> tuple[Run, ...]:
    script = read_script(options.script) if options.script else ()
    if unfit := _unfit(options.protocol, script):
        raise BadInput(unfit)
    return script


def _unfit(protocol: str, script: tuple[Run, ...]) -> list[str]:
    """What the protocol has no word for."""
    steps = {step for step, _ in script}
    if protocol == AUDIOHOOK:
        return ["--script: repeated: not with --protocol audiohook"] if Fate.REPEATED in steps else []
    languages = any(isinstance(step, Language) for step in steps)
    return ["--script: language: not with --protocol tutorial"] if languages else []


def _secret(options: Namespace) -> bytes | None:
    try:
        return None if options.secret is None else base64.b64decode(options.secret, validate=True)
    except ValueError:
        raise BadInput(["--secret: expected base64"]) from None
