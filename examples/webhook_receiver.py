"""A receiver of Switchboard's webhooks, to run, to copy, and to take apart. Needs only `pip install standardwebhooks`.

    WEBHOOK_SECRETS=whsec_… python examples/webhook_receiver.py 9000

What a receiver has to know (docs/webhooks.md has the whole of it):

* Whoever finds the URL can post to it. Only the signature says that it was Switchboard: check it over the very bytes
  that came, before anything else is believed.
* Every webhook arrives at least once, and sometimes twice. `webhook-id` is the same each time: what was done once is
  answered again and not done again.
* The answer decides what happens next. 2xx: it arrived. 5xx, or no answer in ten seconds: it comes again, later and
  later, for half a day. 3xx and 4xx: never again by itself. 410: nothing more comes to this URL at all.
* Webhooks about one interaction come in order, each after the one before was answered or given up.
"""

import json
import logging
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MOST_BYTES = 1 << 20  # of a body; Switchboard's are far shorter
REMEMBERED = 100_000  # ids; a receiver that must survive restarts keeps them where it keeps what it does with them
PATIENCE_S = 10.0  # with a client that opens a connection and says nothing

logger = logging.getLogger("webhook_receiver")

Work = Callable[[str, Any], None]
"""What to do with a webhook: its id and its body. When it raises, the answer is 500, and the webhook comes again."""


class Receiver(ThreadingHTTPServer):
    """Does `work` once for each webhook that is signed with one of `secrets`; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, secrets: Sequence[str], work: Work, host: str = "127.0.0.1") -> None:
        self._keys = [Webhook(secret) for secret in secrets]  # several while they are rotated: either will do
        self._work = work
        self._done: OrderedDict[str, None] = OrderedDict()
        self._one_at_a_time = Lock()  # a second try may come while the first is still being worked on
        super().__init__((host, port), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"

    def genuine(self, body: bytes, headers: dict[str, str]) -> bool:
        """Whether one of the keys signed these very bytes, within the last five minutes."""
        for key in self._keys:
            try:
                key.verify(body, headers, json_parse=False)
            except (WebhookVerificationError, ValueError):  # ValueError: a signature that is not even formed like one
                continue
            return True
        return False

    def receive(self, webhook_id: str, body: bytes) -> None:
        """Do the work, unless it was done."""
        with self._one_at_a_time:
            if webhook_id in self._done:
                logger.info("%s again: nothing to do", webhook_id)
                return
            self._work(webhook_id, json.loads(body))
            self._done[webhook_id] = None
            if len(self._done) > REMEMBERED:
                self._done.popitem(last=False)


class Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1, so that it is kept for the next webhook."""

    server: Receiver
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_S

    def do_POST(self) -> None:
        """One webhook."""
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True  # the body is not read: what follows would be taken for a request
            self.answer(413)
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not self.server.genuine(body, headers):
            self.answer(401)
            return
        status = 500  # whatever goes wrong is ours to mend, and it comes again
        try:
            self.server.receive(headers["webhook-id"], body)
            status = 204
        finally:
            self.answer(status)

    def answer(self, status: int) -> None:
        """A status says it all."""
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """One line for each request."""
        logger.info(format, *args)


def show(webhook_id: str, body: Any) -> None:
    """The work of this example."""
    logger.info("%s says %s", webhook_id, json.dumps(body, ensure_ascii=False))


def main() -> None:
    """Listen on the port that is named, for ever."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    secrets = os.environ.get("WEBHOOK_SECRETS", "").replace(",", " ").split()
    if not secrets:
        sys.exit("set WEBHOOK_SECRETS to the secrets of SWITCHBOARD_WEBHOOKS__SECRET")
    receiver = Receiver(int(sys.argv[1]) if len(sys.argv) > 1 else 9000, secrets, show)
    logger.info("listening at %s", receiver.url)
    receiver.serve_forever()


if __name__ == "__main__":
    main()
