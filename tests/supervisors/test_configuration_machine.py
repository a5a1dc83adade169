"""Files and directories that settings name: told before anything is opened, in an operator's words."""

from pathlib import Path

import pytest
from trustme import CA

from supervisors.configuration.machine import machine_faults
from supervisors.settings.model import Settings


def faults(**given: object) -> dict[str, str]:
    return {key: fault for key, fault, _remedy in machine_faults(Settings.model_validate(given))}


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, Path]:
    """A certificate and its key."""
    issued = CA().issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    return {"cert_file": tmp_path / "cert.pem", "key_file": tmp_path / "key.pem"}


def test_nothing_is_wrong_with_nothing() -> None:
    assert faults() == {}


def test_a_certificate_and_its_key_are_taken(pair: dict[str, Path]) -> None:
    assert faults(media=pair, transcription={"tls": "on", **pair}) == {}


def test_a_certificate_with_another_key_is_told(tmp_path: Path, pair: dict[str, Path]) -> None:
    CA().issue_cert("localhost").private_key_pem.write_to_path(tmp_path / "other.pem")
    told = faults(media={**pair, "key_file": tmp_path / "other.pem"})
    assert "no certificate with its key" in told["media.cert_file"]


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path, pair: dict[str, Path]) -> None:
    told = faults(transcription={"tls": "on", **pair, "cert_file": tmp_path / "gone.pem"})
    assert "cannot be read" in told["transcription.cert_file"]


def test_authorities_of_the_service_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    told = faults(transcription={"tls": "on", "ca_file": tmp_path / "ca.pem"})
    assert "holds no certificate" in told["transcription.ca_file"]


def test_directories_have_to_be_there(tmp_path: Path) -> None:
    assert set(faults(media={"record_dir": tmp_path / "no"}, language={"model": tmp_path / "no"})) == {
        "media.record_dir",
        "language.model",
    }
    assert faults(media={"record_dir": tmp_path, "record_format": "flac"}) == {}


def test_a_directory_without_a_model_is_told(tmp_path: Path) -> None:
    assert faults(language={"model": tmp_path}).keys() == {"language.model"}
