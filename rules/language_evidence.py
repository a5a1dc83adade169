"""Which language a call speaks: evidence is weighed, never guessed, and what stands is changed by better evidence only.

The strength of a piece of evidence is its confidence times its weight, 0 to 1. Pieces for one other language add up,
pieces for what stands or for a third language take away as much; a change needs `needed`, more each time. So evidence
that alternates changes nothing twice, and n pieces change the tag at most 1 + n / OVERTURNED times.
Source of the numbers: ours; measured on the sentences of tests/media/language/sentences.py, see docs/languages.md.
"""

from dataclasses import dataclass, replace

from messages.media import LanguageSource
from rules.languages import language_tag, primary, same_language, written

UNKNOWN_TAG = "und"
NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})  # well formed, and evidence of nothing; RFC 5646 section 4.1

SETTLED = 0.5  # strength that ends `und`: one full piece at the least confidence that counts
OVERTURNED = 1.2  # strength against what was observed: never one piece alone
DECLARED_OVERTURNED = 2.0  # strength against what was declared: three pieces, or more weak ones
HARDER = 0.6  # more of it after each change
MOST_HARDER = 3  # changes that make it harder
MOST_CONFIDENCE = 0.99
LEAST_CONFIDENCE = 0.05
TELL_STEP = 0.1  # a smaller change of confidence is not worth an event

# What a declaration is worth, and which one gives way: the call's own, then the participant's, then the queue's.
DECLARED: dict[LanguageSource, float] = {"call": 0.9, "attribute": 0.8, "queue": 0.7}
RANK: dict[LanguageSource, int] = {"none": 0, "queue": 1, "attribute": 2, "call": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece. `weight`: how much it rests on, 1 for a sentence or a few seconds of voice. `evidence` in words."""

    source: LanguageSource
    tag: str
    confidence: float
    weight: float = 1.0
    evidence: str = ""

    @property
    def strength(self) -> float:
        """0 to 1."""
        return min(1.0, max(0.0, self.confidence)) * min(1.0, max(0.0, self.weight))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the stream is taken to speak."""

    tag: str = UNKNOWN_TAG
    confidence: float = 0.0
    source: LanguageSource = "none"
    evidence: str = ""


UNKNOWN = Standing()


@dataclass(slots=True, eq=False)
class LanguageEvidence:
    """All that one stream's language rests on. Observed evidence under `min_confidence` counts for nothing."""

    min_confidence: float = 0.6
    standing: Standing = UNKNOWN
    changes: int = 0  # of the tag, by observation, after the first
    _declared: Standing = UNKNOWN
    _rival: str = ""
    _support: float = 0.0
    _told: float = 0.0

    def hear(self, piece: Evidence) -> Standing | None:
        """What stands now, where that is another tag or source than before, or clearly surer or less sure."""
        tag = language_tag(piece.tag)
        if tag is None or primary(tag) in NO_LANGUAGE:
            return None
        before = self.standing
        if piece.source in DECLARED:
            self._declare(written(tag), piece)
        elif piece.confidence >= self.min_confidence and piece.strength:
            self._observe(written(tag), piece)
        return self._news(before)

    @property
    def needed(self) -> float:
        """The strength that another language needs to take the place of what stands."""
        if self.standing.source == "none":
            return SETTLED
        ground = DECLARED_OVERTURNED if self.standing.source in DECLARED else OVERTURNED
        return ground + HARDER * min(self.changes, MOST_HARDER)

    def _declare(self, tag: str, piece: Evidence) -> None:
        same = (tag, piece.source) == (self._declared.tag, self._declared.source)
        if same or RANK[piece.source] < RANK[self._declared.source]:
            return
        self._declared = Standing(
            tag=tag, confidence=DECLARED[piece.source], source=piece.source, evidence=f"declared by the {piece.source}"
        )
        self.standing = self._declared
        self._rival, self._support = "", 0.0

    def _observe(self, tag: str, piece: Evidence) -> None:
        if self.standing.source != "none" and same_language(tag, self.standing.tag):
            self._agree(piece)
        elif self._support and not same_language(tag, self._rival):
            self._support = max(0.0, self._support - piece.strength)
            self._doubt(piece)
        else:
            self._contradict(tag, piece)

    def _agree(self, piece: Evidence) -> None:
        self._support = max(0.0, self._support - piece.strength)
        sure = self.standing.confidence
        surer = min(MOST_CONFIDENCE, sure + (1 - sure) * piece.strength / 2)
        self.standing = replace(self.standing, confidence=max(sure, surer))

    def _contradict(self, tag: str, piece: Evidence) -> None:
        self._rival = tag
        self._support += piece.strength
        if self._support < self.needed:
            self._doubt(piece)
            return
        self.changes += self.standing.source != "none"
        if self._declared.source != "none" and same_language(tag, self._declared.tag):
            tag = self._declared.tag  # the region that was declared
        self.standing = Standing(tag=tag, confidence=piece.confidence, source=piece.source, evidence=piece.evidence)
        self._rival, self._support = "", 0.0

    def _doubt(self, piece: Evidence) -> None:
        if self.standing.source != "none":
            less = self.standing.confidence * (1 - piece.strength / 4)
            self.standing = replace(self.standing, confidence=max(LEAST_CONFIDENCE, less))

    def _news(self, before: Standing) -> Standing | None:
        now = self.standing
        changed = (now.tag, now.source) != (before.tag, before.source)
        if not changed and abs(now.confidence - self._told) < TELL_STEP:
            return None
        if now.source == "none":
            return None
        self._told = now.confidence
        return now
