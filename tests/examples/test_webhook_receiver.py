"""The example receiver, against the door that webhooks really leave by."""

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clients.webhooks import WebhookDoor, utc_now
from examples.webhook_receiver import MOST_BYTES, Receiver
from messages.journal import PendingDelivery
from rules.addresses import allowed
from rules.deliveries import delivery_request
from tests.loopback import only_loopback

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
STRANGER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


class Work:
    """What a receiver is for; `broken` makes it fail."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Any]] = []
        self.broken = False

    def __call__(self, webhook_id: str, body: Any) -> None:
        if self.broken:
            raise OSError("the CRM's database is away")
        self.done.append((webhook_id, body))


@contextmanager
def receiving(*secrets: str, work: Work) -> Iterator[Receiver]:
    with Receiver(0, secrets, work) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join(10)


def send(receiver: Receiver, *secrets: str, webhook_id: str = "w-1", at: datetime | None = None) -> int:
    """The status that a delivery signed with `secrets` is answered with."""
    pending = PendingDelivery(webhook_id=webhook_id, url=receiver.url, body='{"name":"Zoë"}'.encode())
    door = WebhookDoor(secrets, allow=allowed("127.0.0.1"), now=utc_now if at is None else lambda: at)
    try:
        return door.send(delivery_request(pending, 10.0)).status
    finally:
        door.close()


def test_takes_what_is_signed_and_does_its_work() -> None:
    work = Work()
    with receiving(OLD, work=work) as receiver:
        assert send(receiver, OLD) == 204
    assert work.done == [("w-1", {"name": "Zoë"})]


@pytest.mark.parametrize("signed", [(STRANGER,), ()])
def test_turns_away_what_another_signed_or_nobody(signed: tuple[str, ...]) -> None:
    work = Work()
    with receiving(OLD, NEW, work=work) as receiver:
        assert send(receiver, *signed) == 401
    assert work.done == []


@pytest.mark.parametrize("away_s", [-310, 310])
def test_turns_away_what_was_signed_at_another_time(away_s: int) -> None:
    work = Work()
    with receiving(OLD, work=work) as receiver:
        assert send(receiver, OLD, at=utc_now() + timedelta(seconds=away_s)) == 401
    assert work.done == []


def test_while_keys_are_rotated_either_side_may_be_first() -> None:
    work = Work()
    with (
        receiving(OLD, work=work) as behind,
        receiving(OLD, NEW, work=work) as ahead,
        receiving(NEW, work=work) as done,
    ):
        sender_rotates = [send(receiver, NEW, OLD, webhook_id="w") for receiver in (behind, ahead, done)]
        assert sender_rotates == [204, 204, 204]
        assert [send(receiver, OLD, webhook_id="x") for receiver in (behind, ahead, done)] == [204, 204, 401]


def test_does_nothing_twice() -> None:
    work = Work()
    with receiving(OLD, work=work) as receiver:
        assert [send(receiver, OLD) for _ in range(3)] == [204, 204, 204]
        assert send(receiver, OLD, webhook_id="w-2") == 204
    assert [webhook_id for webhook_id, _body in work.done] == ["w-1", "w-2"]


def test_what_failed_is_asked_for_again() -> None:
    work = Work()
    with receiving(OLD, work=work) as receiver:
        work.broken = True
        assert send(receiver, OLD) == 500
        work.broken = False
        assert send(receiver, OLD) == 204
    assert len(work.done) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-length": str(MOST_BYTES + 1)}, 413),
        ({"content-length": "-1"}, 413),
        ({"content-length": "2"}, 401),
        ({"content-length": "2", "webhook-id": "w", "webhook-timestamp": "soon", "webhook-signature": "v1,x"}, 401),
    ],
)
def test_is_not_put_out_by_strangers(headers: dict[str, str], status: int) -> None:
    with receiving(OLD, work=Work()) as receiver:
        connection = http.client.HTTPConnection("127.0.0.1", receiver.server_address[1], timeout=10)
        connection.request("POST", "/", body=b"{}", headers=headers)
        assert connection.getresponse().status == status
        connection.close()
        assert send(receiver, OLD) == 204


@pytest.mark.parametrize("signature", ["v1", "v1,a,b", "v1,===", "", "v2,x"])
def test_a_signature_that_is_none_is_turned_away(signature: str) -> None:
    now = str(int(datetime.now(UTC).timestamp()))
    with receiving(OLD, work=Work()) as receiver:
        stamp = {"webhook-id": "w", "webhook-timestamp": now, "webhook-signature": signature}
        assert not receiver.genuine(b"{}", stamp)


def test_runs_as_it_says_and_wants_its_secret() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "WEBHOOK_SECRETS"}
    program = [sys.executable, str(ROOT / "examples" / "webhook_receiver.py"), "0"]
    without = subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert without.returncode == 1
    assert "WEBHOOK_SECRETS" in without.stderr
    environment["WEBHOOK_SECRETS"] = f"{OLD},{NEW}"
    with subprocess.Popen(program, env=environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "listening at http://127.0.0.1:" in running.stderr.readline()
        running.terminate()
