"""How often a stranger at the door gets onto the record."""

from control.peers import Credentials
from control.refused import RefusedPeers


def stranger(uid: int = 1001) -> Credentials:
    return Credentials(pid=7, uid=uid, gid=uid)


def test_the_first_knock_is_noted_and_the_next_only_after_a_minute_with_its_count() -> None:
    refused = RefusedPeers()
    first = refused.note(stranger(), 0.0)
    assert first is not None
    assert (first.kind, first.data["attempts"]) == ("peer.refused", 1)
    assert [refused.note(stranger(), at) for at in (1.0, 30.0, 59.9)] == [None] * 3
    later = refused.note(stranger(), 60.0)
    assert later is not None
    assert later.data["attempts"] == 4
    assert refused.total == 5


def test_each_user_is_noted_for_itself() -> None:
    refused = RefusedPeers()
    refused.note(stranger(1), 0.0)
    assert refused.note(stranger(2), 0.0) is not None
