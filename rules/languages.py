"""Language tags: what is one, how it is written, which mean the same. Source: BCP 47, RFC 5646 section 2.1."""

import re
from collections.abc import Sequence

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


# Deprecated subtags and the ones to use instead, as far as a recogniser still says them.
# Source: IANA Language Subtag Registry, Preferred-Value.
PREFERRED = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}

# Source: IANA Language Subtag Registry, Macrolanguage; `fil` and `tl` are one language to every recogniser.
MACROLANGUAGES = {
    **dict.fromkeys(("nb", "nn"), "no"),
    **dict.fromkeys(("cmn", "yue", "wuu", "nan", "hak"), "zh"),
    **dict.fromkeys(("bs", "hr", "sr", "cnr"), "sh"),
    **dict.fromkeys(("id", "zsm"), "ms"),
    **dict.fromkeys(("arb", "ary", "arz", "apc", "afb"), "ar"),
    **dict.fromkeys(("fil",), "tl"),
}


def written(tag: str) -> str:
    """A well-formed `tag` as it is usually written, its language by today's name: `iw-il` as `he-IL`.

    Source: RFC 5646 sections 2.1.1 and 4.5.
    """
    first, *rest = tag.lower().split("-")
    if len(first) == 1:
        return tag.lower()
    plain = next((at for at, subtag in enumerate(rest) if len(subtag) == 1), len(rest))
    return "-".join([PREFERRED.get(first, first), *map(_subtag, rest[:plain]), *rest[plain:]])


def primary(tag: str) -> str:
    """The first subtag of `tag`, the one to use where it is deprecated: `en` of `en-GB`, `he` of `iw`."""
    first = tag.lower().partition("-")[0]
    return PREFERRED.get(first, first)


def same_language(one: str, other: str) -> bool:
    """Whether both tags name one language, as well as anybody can tell by its sound or its words."""
    first, second = primary(one), primary(other)
    return MACROLANGUAGES.get(first, first) == MACROLANGUAGES.get(second, second)


def configured(found: str, candidates: Sequence[str]) -> str:
    """The candidate that `found` names, with its region, where only one can be meant; else `found` itself."""
    fitting = [tag for tag in candidates if same_language(tag, found)]
    return written(fitting[0] if len(fitting) == 1 else found)


def _subtag(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag
