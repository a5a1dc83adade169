"""What goes wrong on the far side or on the way there, as exceptions that carry their data; none shows a secret."""


class Fault(Exception):  # noqa: N818 - the family name of what happens out there
    """Something that did not work out there; `detail` is fit for logs and records."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Transport(Fault):
    """No answer: the connection could not be made, broke, or spoke no HTTP. `maybe_sent`: it may have arrived."""

    def __init__(self, detail: str, *, maybe_sent: bool) -> None:
        super().__init__(detail)
        self.maybe_sent = maybe_sent


class TimedOut(Transport):
    """No complete answer in time."""


class Refused(Fault):
    """This gateway does not send such a request; nothing has left."""


class Malformed(Fault):
    """The answer broke a limit or its own format; it is not read any further."""


class Unauthorized(Fault):
    """No token for these credentials; `remedy` says which credential or scope to fix. Trying again is no use."""

    def __init__(self, detail: str, *, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


class Unavailable(Fault):
    """The far side cannot do it now; trying again later may help."""
