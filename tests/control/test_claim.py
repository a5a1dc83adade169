"""The socket's place: one gateway at a time, and a clear word for every reason it cannot be had."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from control.claim import Claim, SocketInUse, SocketProblem


def test_a_second_gateway_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    first = Claim(path)
    with pytest.raises(SocketInUse) as caught:
        Claim(path)
    assert str(path) in caught.value.message
    assert "SWITCHBOARD_CONTROL_SOCKET" in caught.value.remedy
    first.release()
    Claim(path).release()


def test_what_a_dead_gateway_left_is_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    claim = Claim(path)
    claim.listen().close()
    claim.release()
    assert not path.exists()


def test_makes_its_directory_for_owner_and_group(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "run" / "control.sock")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o750
    claim.release()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(SocketProblem, match="no socket"):
        Claim(path)
    assert path.read_text() == "precious"
    path.unlink()
    Claim(path).release()  # and the lock was given back


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SocketProblem, match="at most 107"):
        Claim(tmp_path / ("x" * 108))


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SocketProblem, match="cannot be made"):
        Claim(tmp_path / "file" / "control.sock")


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "control.sock.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SocketProblem, match="lock cannot be opened"):
        Claim(tmp_path / "control.sock")
    assert not (tmp_path / "elsewhere").exists()


def test_may_listen_again_once_the_last_listener_is_closed(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "control.sock")
    for _ in range(2):
        listener = claim.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(claim.path))
        listener.close()
    claim.release()


def remove(claim: Claim) -> None:
    claim.path.unlink()
    claim.path.with_name(claim.path.name + ".lock").unlink()


def test_tells_that_its_socket_was_removed_and_puts_another_there(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "control.sock")
    with claim.listen():
        assert claim.holds()
        claim.path.unlink()
        assert not claim.holds()
    with claim.listen():
        assert claim.holds()
    claim.release()


def test_a_socket_comes_back_with_the_permissions_that_it_had(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "control.sock")
    with claim.listen():
        claim.path.chmod(0o666)
        assert claim.holds()
        claim.path.unlink()
    with claim.listen():
        assert claim.path.stat().st_mode & 0o777 == 0o666
    claim.release()


@pytest.mark.parametrize("away", [remove, lambda claim: shutil.rmtree(claim.path.parent)], ids=["files", "directory"])
def test_a_lock_that_was_removed_is_taken_again(tmp_path: Path, away: Callable[[Claim], None]) -> None:
    claim = Claim(tmp_path / "run" / "control.sock")
    with claim.listen():
        away(claim)
        assert not claim.holds()
        with pytest.raises(SocketInUse):
            Claim(claim.path)
    claim.release()


def test_a_gateway_that_came_instead_is_left_alone(tmp_path: Path) -> None:
    first = Claim(tmp_path / "control.sock")
    with first.listen():
        remove(first)
        second = Claim(first.path)
        with second.listen():
            with pytest.raises(SocketInUse):
                first.holds()
            first.release()
            assert second.holds()
        second.release()


def test_a_socket_whose_lock_was_removed_is_not_taken_while_somebody_listens(tmp_path: Path) -> None:
    first = Claim(tmp_path / "control.sock")
    with first.listen():
        first.path.with_name("control.sock.lock").unlink()
        with pytest.raises(SocketInUse):
            Claim(first.path)
        assert first.holds()
    first.release()
