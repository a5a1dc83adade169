"""What keeps a store from being used; each says what to do about it."""


class StoreUnavailable(Exception):  # noqa: N818 - a fact, shown to operators
    """The store cannot be opened: `message` says why, `remedy` what to do. The gateway does not start (exit 78)."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.message = message
        self.remedy = remedy


class StoreTooNew(StoreUnavailable):
    """A newer version has written the store; this one must not touch it."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the store has schema {found}, this version knows schemas up to {known}",
            "start the version that wrote it, or restore the copy made before the upgrade",
        )
