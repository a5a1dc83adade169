"""Which release this is."""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "genesys-switchboard"


def release() -> str:
    """The installed version; ``0+checkout`` when the package is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0+checkout"
