"""Sounds that are not speech, made here, and speech by espeak-ng, the simulator's; 16 bits, little endian."""

import wave
from array import array
from math import sin, tau
from pathlib import Path
from random import Random

SIMULATED = Path(__file__).parents[3] / "simulator" / "audio"


def samples(values: list[float]) -> bytes:
    return array("h", [int(value * 32_000) for value in values]).tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * 8000) * 2)


def tone(seconds: float, hz: float = 440.0) -> bytes:
    return samples([0.3 * sin(tau * hz * at / 8000) for at in range(int(seconds * 8000))])


def hiss(seconds: float, loud: float = 0.01) -> bytes:
    random = Random(3)
    return samples([random.uniform(-loud, loud) for _ in range(int(seconds * 8000))])


def speech(name: str = "en.standard.welcome.wav") -> bytes:
    """About two seconds; `standard` at 8 kHz, `premium` at 16."""
    with wave.open(str(SIMULATED / name), "rb") as file:
        return file.readframes(file.getnframes())
