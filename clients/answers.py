"""The answer to a webhook, sans I/O: its status and headers are kept, its body is passed over."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from genesys.errors import Malformed

MOST_HEAD = 1 << 16  # bytes before the status and all headers are there
SWITCHING = 101  # the one final answer below 200


class AnswerReader:
    """One for each connection: `begin`, then `take` what arrives until there is a `status`.

    `over`: nothing more of the answer is to come. `keeps`: there is a status, and another request may follow on the
    same connection once it is over.
    """

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)  # RFC 9112 section 2.2 allows it
        self.begin()

    def begin(self) -> None:
        """A request is sent: the next answer is its."""
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.over = self.keeps = False
        self._taken = 0

    def take(self, data: bytes) -> None:
        """Read on; raises Malformed for what is no answer. What goes wrong after the status only ends the keeping."""
        self._taken += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if self.status is None:
                raise Malformed("what came back is no HTTP answer") from None
            self.keeps = False
        if self.status is None and self._taken > MOST_HEAD:
            raise Malformed(f"the answer has more than {MOST_HEAD} bytes of headers")

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

    def on_message_complete(self) -> None:
        """Its body is there too."""
        self.over = self.status is not None
