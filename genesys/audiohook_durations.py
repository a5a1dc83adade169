"""AudioHook's durations: exact fractions of a second, never floats. Source: genesys-platform 3.3, 3.8."""

import re
from fractions import Fraction
from functools import lru_cache

GRAMMAR = re.compile(r"PT([0-9]{0,12}\.[0-9]+|[0-9]{1,12})S")  # up to 30,000 years: in samples still 64 bits; ours
LONGEST = 48  # characters; ours
ZERO = Fraction(0)


def read_duration(text: object) -> Fraction | None:
    """The seconds in `text`, None where it is no duration."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    found = GRAMMAR.fullmatch(text)
    return None if found is None else Fraction(found[1])


def write_duration(seconds: Fraction) -> str:
    """`seconds` with all its digits; ValueError for a negative one and for one that has no end in decimal."""
    if seconds.numerator < 0:
        raise ValueError(f"no duration is below zero: {seconds}")
    digits = _digits(seconds.denominator)
    whole, rest = divmod(seconds.numerator * 10**digits // seconds.denominator, 10**digits)
    return f"PT{whole}.{rest:0{digits}d}S" if digits else f"PT{whole}S"


@lru_cache(maxsize=64)
def _digits(denominator: int) -> int:
    """Decimals that a fraction with this denominator takes."""
    twos, rest = _multiplicity(denominator, 2)
    fives, rest = _multiplicity(rest, 5)
    if rest != 1:
        raise ValueError(f"seconds in parts of {denominator} have no end in decimal")
    return max(twos, fives)


def _multiplicity(number: int, prime: int) -> tuple[int, int]:
    times = 0
    while number % prime == 0:
        number, times = number // prime, times + 1
    return times, number
