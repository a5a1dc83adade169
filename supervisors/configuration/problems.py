"""What can be wrong with a configuration, all of it at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend: which setting, where it was given, what is wrong, what to do. Never holds a secret.

    Without a setting it is this host that is in the way: a port that is taken, a directory that cannot be written.
    """

    setting: str = ""
    source: str = ""
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.setting} ({self.source}): " if self.setting else ""
        return f"{where}{self.message}; {self.remedy}"


class ConfigurationError(Exception):
    """The gateway cannot start as it is configured; exit code 78 (EX_CONFIG, contracts 7.16)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def unknown(name: str, source: str, known: Iterable[str], remedy: str) -> Problem:
    """`name` is no setting; the remedy names the one that was probably meant, else it is `remedy`."""
    meant = _nearest(name, known)
    return Problem(
        setting=name,
        source=source,
        message="there is no such setting",
        remedy=f"did you mean {meant}?" if meant else remedy,
    )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name like `name`; what all names begin with says nothing, so it is not compared."""
    stems = {_stem(candidate): candidate for candidate in known}
    leaves = {_leaf(stem): candidate for stem, candidate in stems.items()}
    for wanted, candidates in ((_stem(name), stems), (_leaf(_stem(name)), leaves)):
        for match in get_close_matches(wanted, candidates, n=1, cutoff=0.7):
            return candidates[match]
    return None


def _stem(name: str) -> str:
    return name.lower().removeprefix("switchboard_").removeprefix("genesys_")


def _leaf(stem: str) -> str:
    return stem.replace("__", ".").rpartition(".")[2]
