"""What a lane asks of its way to the transcription service, and what it hears from there."""

from typing import Protocol


class Result(Protocol):
    """What the service heard, up to and with the chunk `sequence`; `confidence` in its own words."""

    @property
    def text(self) -> str: ...

    @property
    def confidence(self) -> str: ...

    @property
    def sequence(self) -> int: ...


class UplinkListener(Protocol):
    """Who hears an uplink; on the loop, never from within one of the uplink's own methods."""

    def heard(self, result: Result) -> None:
        """One result."""

    def dropped(self, count: int, first: int, last: int) -> None:
        """Chunks `first` to `last`, by sequence number, did not reach the service, or nobody knows that they did."""

    def interrupted(self, why: str) -> None:
        """The service is lost for now; what comes is kept, within bounds, for when it is back.

        Told again when what was sent before can no longer be sent again.
        """

    def restored(self) -> None:
        """The service is back."""

    def ended(self, why: str) -> None:
        """After `finish`, or given up for good; the last that is heard."""

    def failed(self, fault: Exception) -> None:
        """A fault of ours, while something of this call was heard or sent: whoever listens aborts."""


class Uplink(Protocol):
    """One call's stream, over reconnections."""

    buffered: int  # chunks that wait to be sent

    @property
    def lag_ms(self) -> float:
        """How long the oldest chunk has waited that is still to be sent; 0 when none waits."""

    @property
    def unacknowledged_ms(self) -> float:
        """Age of the oldest chunk that no result covers; 0 when there is none."""

    def audio(self, sequence: int, audio: bytes) -> None:
        """Send a chunk, or keep it within bounds; `sequence` rises."""

    def tag(self, language: str) -> None:
        """The language of the chunks from now on, BCP 47."""

    def finish(self) -> None:
        """Half-close behind what was taken; results go on until `ended`."""

    def abort(self) -> None:
        """Leave at once; nothing is heard any more."""
