"""Which languages can be found out, by their words or by their sound, and which candidates are of no use.

Tables of our own: the gateway checks its settings without loading either library. Tests compare them.
"""

from collections.abc import Sequence

from rules.languages import primary, same_language

# By transcripts. Source: lingua 2.1, ISO 639-1; left out: Latin and Esperanto, which nobody's call is in.
_READ = (
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gu he hi hr hu hy id is it ja ka kk ko lg lt lv mi "
    "mk mn mr ms nb nl nn pa pl pt ro ru sk sl sn so sq sr st sv sw ta te th tl tn tr ts uk ur vi xh yo zh zu"
)
# By a Whisper model. Source: faster-whisper 1.2, `tokenizer.py`; `jv` is `jw` there.
_HEARD = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id "
    "is it ja jv ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si "
    "sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh"
)
BY_TEXT, BY_SOUND = frozenset(_READ.split()), frozenset(_HEARD.split())
ALIASES = {"no": "nb", "fil": "tl", "cmn": "zh", "yue": "zh"}  # what lingua calls them
LEAST_BY_TEXT = 2  # a text in the wrong language is told to be in the only candidate as soon as one word would do


def lingua_name(tag: str) -> str | None:
    """The language of `tag` as lingua knows it (ISO 639-1); None: not at all."""
    name = ALIASES.get(primary(tag), primary(tag))
    return name if name in BY_TEXT else None


def unusable(candidates: Sequence[str], *, by_text: bool, by_sound: bool) -> str | None:
    """Why a language cannot be found among these; None where it can be, where none is named or nothing looks."""
    if not candidates or not (by_text or by_sound):
        return None
    unknown = [tag for tag in candidates if not (by_text and lingua_name(tag)) and not (by_sound and _heard(tag))]
    if unknown:
        return f"{_listed(unknown)} can never be found; known are {_known(by_text=by_text, by_sound=by_sound)}"
    if by_text and len({lingua_name(tag) for tag in candidates} - {None}) < LEAST_BY_TEXT:
        return (
            f"{_listed(candidates)}: transcripts are compared with two languages or more; add some of "
            f"{', '.join(sorted(BY_TEXT))}, leave it out for all of them, or set SWITCHBOARD_LANGUAGE__TEXT to off"
        )
    return None


def _heard(tag: str) -> bool:
    return any(same_language(tag, known) for known in BY_SOUND)


def _listed(tags: Sequence[str]) -> str:
    return " and ".join(map(repr, tags))


def _known(*, by_text: bool, by_sound: bool) -> str:
    return ", ".join(sorted((BY_TEXT if by_text else frozenset()) | (BY_SOUND if by_sound else frozenset())))
