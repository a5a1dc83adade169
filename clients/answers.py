"""One HTTP answer after the other, sans I/O."""

import errno

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from genesys.errors import Malformed

MOST_HEAD = 1 << 16  # bytes before the status and all headers are there
SWITCHING = 101  # the one final answer below 200


class AnswerReader:
    """One for each connection: `begin`, then `take` what arrives until there is a `status`, or until it is `over`.

    `over`: nothing more of the answer is to come. `keeps`: there is a status, and another request may follow on the
    same connection once it is over.
    """

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)  # RFC 9112 section 2.2 allows it
        self.begin()

    def begin(self, most_bytes: int | None = None) -> None:
        """A request is sent: the next answer is its. Without `most_bytes` of a body none of it is kept."""
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self._body = bytearray()
        self.over = self.keeps = False
        self._most_bytes = most_bytes
        self._taken = 0

    @property
    def body(self) -> bytes:
        """What came of it so far; no more is kept once it is longer than was asked for."""
        return bytes(self._body)

    @property
    def done(self) -> bool:
        """Whether all that is wanted is there."""
        if self.status is None or self._most_bytes is None:
            return self.status is not None
        return self.over or len(self._body) > self._most_bytes

    def take(self, data: bytes) -> None:
        """Read on; raises OSError for what is no HTTP, and Malformed for a head without end.

        What goes wrong behind what is wanted only ends the keeping.
        """
        self._taken += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.over, self.keeps = True, False
        except HttpParserError:
            self._break("what came back is no HTTP answer")
        if self.status is None and self._taken > MOST_HEAD:
            raise Malformed(f"the answer has more than {MOST_HEAD} bytes of headers")

    def end(self) -> None:
        """The peer has hung up, and so ends an answer that tells no length; raises OSError where more was to come.

        Source: RFC 9112 section 6.3.
        """
        if self.status is not None and not {"content-length", "transfer-encoding"} & self.headers.keys():
            self.over, self.keeps = True, False
        else:
            self._break("it hung up before its answer was over")

    def _break(self, why: str) -> None:
        self.keeps = False
        if not self.done:
            raise ConnectionAbortedError(errno.ECONNABORTED, why)

    # --- what the parser calls -------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer: the one that is waited for, one of 1xx before it, or one that nobody asked for."""
        if self.status is not None:
            self.keeps = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of the answer's, or a trailer."""
        if self.status is None:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is whole; that of an interim answer only tells that the final one is on its way."""
        status = self._parser.get_status_code()
        if self.status is not None:
            return
        if status >= 200 or status == SWITCHING:
            self.status, self.keeps = status, self._parser.should_keep_alive()
        else:
            self.headers = {}

    def on_body(self, data: bytes) -> None:
        """A part of it; behind its end it is another answer's."""
        if not self.done:
            self._body += data

    def on_message_complete(self) -> None:
        """Its body is there too."""
        self.over = self.status is not None
