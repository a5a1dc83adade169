"""What surrounds the start of a process, and tells of it."""

from collections.abc import Iterator
from contextlib import contextmanager


class Around:
    """Give it as `around`; `told` is what came to pass, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.told.append("begins")
        yield
        self.told.append("is started")
