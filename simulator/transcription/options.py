"""How a transcription service is to be started; loads nothing of gRPC."""

from dataclasses import dataclass
from pathlib import Path

from simulator.forms import BadInput
from simulator.transcription.credentials import PLAIN, SECURITY
from simulator.transcription.vocabulary import DEMO

POCKETSPHINX = "pocketsphinx"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionOptions:
    """`folder`: where the PEM files for clients go; None: a temporary one. `vocabulary`: a file, or FULL."""

    security: str = PLAIN
    port: int = 0
    folder: Path | None = None
    recogniser: str | None = None
    workers: int = 1
    vocabulary: str = str(DEMO)

    def __post_init__(self) -> None:
        wrong = []
        if self.security not in SECURITY:
            wrong.append(f"security: expected one of {', '.join(SECURITY)}, got {self.security!r}")
        if self.recogniser not in (None, POCKETSPHINX):
            wrong.append(f"recogniser: expected {POCKETSPHINX}, got {self.recogniser!r}")
        if not 1 <= self.workers <= 64:
            wrong.append(f"workers: expected a whole number from 1 to 64, got {self.workers}")
        if wrong:
            raise BadInput(wrong)
