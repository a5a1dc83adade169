"""Whom the door lets in, and how it greets."""

from control.admission import Front, admit, greet
from control.peers import Access, Credentials
from control.wire import BUSY, NOT_PERMITTED, RpcError
from messages.orders import Peer

FRONT = Front(version="9.9.9", pid=7, access=Access(uids=frozenset({("operator", 1000)})), most_clients=2)
KNOWN, STRANGER = (Credentials(pid=1, uid=uid, gid=uid) for uid in (1000, 1001))


def test_lets_in_whoever_has_a_role_while_there_is_room() -> None:
    peer = admit(KNOWN, 1, FRONT)
    assert peer == Peer(role="operator", pid=1, uid=1000, gid=1000)
    hello = greet(FRONT, peer)
    assert hello == {"name": "switchboard", "version": "9.9.9", "pid": 7, "protocol": 1, "role": "operator"}


def test_a_full_house_is_busy() -> None:
    refusal = admit(KNOWN, 2, FRONT)
    assert isinstance(refusal, RpcError)
    assert refusal.code == BUSY


def test_a_stranger_is_refused_before_it_is_said_whether_there_is_room() -> None:
    refusal = admit(STRANGER, 2, FRONT)
    assert isinstance(refusal, RpcError)
    assert refusal.code == NOT_PERMITTED
    hello = greet(FRONT, refusal)
    assert (hello["role"], hello["error"]) == (None, refusal.as_json())
