"""Writes docs/settings.md from the settings: `python -m supervisors.settings_page`."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from supervisors.settings.entries import ENTRIES, Entry
from supervisors.settings.model import Settings

PAGE = Path("docs") / "settings.md"

PREFACE = """\
# Settings

Written by `python -m supervisors.settings_page` from the settings themselves; do not edit it by hand.

A value comes from the strongest of these places: flags, the environment, a TOML file, the default.
`switchboard --check-config` prints every value and where it came from, and every problem at once;
secrets are shown as `****`.

- **The file** is the one of `--config FILE`, else `switchboard.toml` in the data directory, else
  `/etc/switchboard/switchboard.toml`. Keys before the first point are tables: `transfers.max_fps`
  is `max_fps` under `[transfers]`. Lists may be arrays.
- **In the environment** lists have commas between their values. An empty value counts as not set.
  Of two names for one setting the first wins.
- **A value in a file of its own**, a secret for instance: put `_FILE` behind the name (`_file`
  behind the key) and give the path, `GENESYS_CLIENT_SECRET_FILE=/run/secrets/genesys`. Setting a
  name and its `_FILE` together is an error.
- **Unknown names** that begin with `SWITCHBOARD_` or `GENESYS_` are errors, as are unknown keys and
  flags. Units are the end of the name: `_s` seconds, `_bytes`, `_kbps`, `_per_min`.
- **While the gateway runs** `switchboardctl gateway reload`, or SIGHUP, reads them again. `log.level`
  and `media_keys` come into force at once; what else has changed is told, and waits for a restart.
  A process keeps its environment and its flags: what is to change stands in a file.

A wrong setting ends the start with exit code 78 before anything has been opened.
"""

EXAMPLE = """\
## An example

```toml
genesys_client_id = "5e6a3f1c-0000-4000-8000-000000000000"
genesys_client_secret_file = "/run/secrets/genesys"
genesys_org_region = "eu-west-1"
media_server_webhook = "https://media.example.com/transfers"

[transfers]
codecs = ["opus", "pcmu"]
answer_timeout_s = 8

[control]
operators = ["@contact-centre"]

[log]
format = "json"
```
"""


def page() -> str:
    """The whole page."""
    sections = "\n".join(_section(group, list(entries)) for group, entries in groupby(_in_groups(), key=_group))
    return f"{PREFACE}\n{sections}\n{EXAMPLE}"


def _in_groups() -> Iterator[Entry]:
    """Single settings first, the groups after them as they stand."""
    yield from (entry for entry in ENTRIES if len(entry.path) == 1)
    yield from (entry for entry in ENTRIES if len(entry.path) > 1)


def _group(entry: Entry) -> str:
    return entry.path[0] if len(entry.path) > 1 else ""


def _section(group: str, entries: Iterable[Entry]) -> str:
    title = f"## `[{group}]`" if group else "## The gateway"
    about = f"{_about(group)}\n\n" if group else ""
    head = "| name | key | default | what it may be | meaning |\n| --- | --- | --- | --- | --- |\n"
    return f"{title}\n\n{about}{head}" + "".join(_row(entry) for entry in entries)


def _about(group: str) -> str:
    return str(Settings.model_fields[group].annotation.__doc__).partition(" Source:")[0].strip()


def _row(entry: Entry) -> str:
    names = ", ".join(f"`{name}`" for name in entry.names)
    default = entry.default if "`" in entry.default else entry.default and f"`{entry.default}`"
    expects = f"secret: {entry.expects}" if entry.secret else entry.expects
    expects = f"{expects} ({entry.unit})" if entry.unit else expects
    return f"| {names} | `{entry.key}` | {default or '–'} | {expects} | {entry.field.description} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
