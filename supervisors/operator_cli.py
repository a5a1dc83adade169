"""`switchboardctl` as it is installed: the command line, with the journal's own verifier for exported records."""

from typing import TYPE_CHECKING, Any

from supervisors.loading import kept

if TYPE_CHECKING:
    from pathlib import Path


def main() -> None:
    """Entry point of the `switchboardctl` command."""
    with kept():
        from control.cli import main as operate
    operate(verifier=verify)


def verify(path: "Path") -> dict[str, Any]:
    """What `audit verify --file` answers; imported only then, because the journal is slow to import."""
    from storage.export import verify_export

    return dict(verify_export(path))
