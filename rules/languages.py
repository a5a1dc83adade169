"""Language tags: what is one. Source: BCP 47, RFC 5646 section 2.1."""

import re

MOST_LETTERS = 64  # ours; RFC 5646 section 4.4.1 asks for room for 35

TAG = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language, with its extension
    r"(?:-[a-z]{4})?"  # script
    r"(?:-(?:[a-z]{2}|[0-9]{3}))?"  # region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    r"(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*"  # extensions
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"  # private use
    r"|x(?:-[a-z0-9]{1,8})+"
)


def language_tag(text: str) -> str | None:
    """`text` in lower case where it is a well-formed tag, else None; the deprecated irregular ones (`i-lux`) are none.

    What passes is letters, digits and hyphens in ASCII: nothing that could climb out of a path.
    """
    if len(text) > MOST_LETTERS or not text.isascii():  # a Kelvin sign is a k in lower case
        return None
    tag = text.lower()
    return tag if TAG.fullmatch(tag) else None
