"""The stream plane as sessions see it: one door, whichever plane is alive behind it."""

from actors.session import Listening, StreamsDoor


class PlaneDoor:
    """Passes on to the plane in use; the actor that keeps the plane puts a new one in place of one that died."""

    def __init__(self) -> None:
        self._plane: StreamsDoor | None = None

    def use(self, plane: StreamsDoor) -> None:
        """From now on, `plane`."""
        self._plane = plane

    def connect(self, url: str, *, headers: dict[str, str], timeout_s: float, listener: Listening) -> int:
        """Start a handshake on the plane in use; RuntimeError before there is one."""
        if self._plane is None:
            raise RuntimeError("there is no stream plane yet")
        return self._plane.connect(url, headers=headers, timeout_s=timeout_s, listener=listener)

    def send(self, stream_id: int, data: str | bytes) -> bool:
        """Queue one message; False when the stream is not open."""
        return self._plane is not None and self._plane.send(stream_id, data)

    def ping(self, stream_id: int, payload: bytes) -> bool:
        """Queue a ping; False when the stream is not open."""
        return self._plane is not None and self._plane.ping(stream_id, payload)

    def close(self, stream_id: int, code: int, reason: str) -> None:
        """Close by handshake."""
        if self._plane is not None:
            self._plane.close(stream_id, code, reason)

    def abort(self, stream_id: int) -> None:
        """Close by force."""
        if self._plane is not None:
            self._plane.abort(stream_id)
