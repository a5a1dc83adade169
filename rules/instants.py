"""Times as records carry them: RFC 3339, UTC, milliseconds, so that their order as text is their order. Pure."""

from datetime import UTC, datetime


def instant(moment: datetime) -> str:
    """`moment` (aware) as `2026-01-31T12:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parsed(text: str) -> datetime:
    """The moment of an RFC 3339 text, UTC where it names no offset; ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is not within the years that have a number") from error
