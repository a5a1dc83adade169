"""Who opens an AudioHook session: HTTP Message Signatures as Genesys uses them.

What is wrong goes to our own record, with a reason code and without secrets; the caller learns nothing.
Source: genesys-platform 3.1, 3.2; draft-ietf-httpbis-message-signatures; signature-verifier.ts, authenticator.ts.
"""

import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

REQUIRED = (
    "@request-target",
    "@authority",
    "audiohook-organization-id",
    "audiohook-session-id",
    "audiohook-correlation-id",
    "x-api-key",
)
PARAMETERS = frozenset({"keyid", "nonce", "alg", "created", "expires"})
SKEW_S = 3  # genesys-platform 3.2
LONGEST_AGE_S = 10  # less the skew: what was made more than 7 s ago has expired
SHORTEST_NONCE = 22  # characters
FAILURE_DELAY_S = 0.5  # the least that a refusal takes, so that its time tells nothing; genesys-platform 3.2
DUMMY_SECRET = bytes(32)  # what signatures with an unknown key are compared with; they are refused whatever comes out

_NAME = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
MEMBER = re.compile(rf'({_NAME})=(\((?: *"[^"\\]*")* *\)((?:;{_NAME}=(?:{_STRING}|[0-9]{{1,15}}))*))')
COMPONENT = re.compile(r'"([^"\\]*)"')
PARAMETER = re.compile(rf";({_NAME})=(?:({_STRING})|([0-9]+))")
SIGNATURE = re.compile(rf"({_NAME})=:([A-Za-z0-9+/]*={{0,2}}):")
COMMA = re.compile(r"[ \t]*,[ \t]*")


class Code(Enum):
    """What the verifier found; the names of the reference server, and ours for what it does not look at."""

    VERIFIED = "verified"
    UNSIGNED = "unsigned"  # and the key has a secret
    UNKNOWN_KEY = "unknown key"
    INVALID = "invalid"  # no such header as a signer makes
    PRECONDITION = "precondition"  # well-formed, and not enough
    EXPIRED = "expired"
    REPLAYED = "replayed"
    FAILED = "failed"  # the signature is another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`code`, in words `why`, and what the signature was computed over, its key masked: for whoever set it up."""

    code: Code
    why: str = ""
    base: str = ""

    @property
    def good(self) -> bool:
        """Whether the caller may come in."""
        return self.code is Code.VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """The request as signed: its target with the query, the public authority, headers by lower-case name."""

    target: str
    authority: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature and what it says it covers; `parameters` is their text, verbatim."""

    signature: bytes
    components: tuple[str, ...]
    text: str
    keyid: str
    nonce: str
    created: int
    expires: int | None


class Nonces(Protocol):
    """What was signed with before."""

    def take(self, key: str, nonce: str, now_s: float) -> bool:
        """Whether `nonce` is new for `key`; it is kept from now on. See audiohook_nonces."""


class Unfit(Exception):  # noqa: N818 - the signature is
    """The verdict before any key is looked at."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def verify(upgrade: Upgrade, known: Sequence[bytes] | None, nonces: Nonces, now_s: float) -> Verdict:
    """May this upgrade come in, at `now_s` of the wall clock?

    `known` are the secrets of its key, None for a key that is none; with an empty one among them a request that is not
    signed is let in.
    """
    key = upgrade.headers.get("x-api-key", "").strip()
    if not key:
        return Verdict(code=Code.PRECONDITION, why="there is no X-API-KEY header")
    try:
        signed = read_signature(upgrade.headers)
        if signed is None:
            return _unsigned(known)
        base = signature_base(upgrade, signed)
        _timely(signed, now_s)
        _about(signed, key)
    except Unfit as unfit:
        return Verdict(code=unfit.code, why=unfit.why)
    verdict = _compare(signed, base, known, key)
    if verdict.good and not nonces.take(key, signed.nonce, now_s):
        return Verdict(code=Code.REPLAYED, why="the nonce was used before, or too many are remembered")
    return verdict


def read_signature(headers: Mapping[str, str]) -> Signed | None:
    """The first signature of the headers, None for a request without any; Unfit where it cannot be read."""
    inputs, signatures = headers.get("signature-input", "").strip(), headers.get("signature", "").strip()
    if not inputs and not signatures:
        return None
    if not inputs or not signatures:
        raise Unfit(Code.INVALID, "Signature and Signature-Input come together or not at all")
    members, made = _members(MEMBER, inputs), {label: text for label, text, *_ in _members(SIGNATURE, signatures)}
    label, text, parameters = members[0]
    if label not in made:
        raise Unfit(Code.INVALID, "Signature has no member of that label")
    try:
        signature = binascii.a2b_base64(made[label], strict_mode=True)
    except binascii.Error:
        raise Unfit(Code.INVALID, "the signature is not base64") from None
    return _signed(signature, text, parameters)


def signature_base(upgrade: Upgrade, signed: Signed) -> bytes:
    """What is signed: a line for every component, in their order, and the parameters as they came."""
    lines = [f'"{name}": {_component(upgrade, name)}' for name in signed.components]
    lines.append(f'"@signature-params": {signed.text}')
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def authority_of(host: str, *, tls: bool) -> str:
    """The Host header as `@authority`: lower case, without the default port."""
    return host.strip().lower().removesuffix(":443" if tls else ":80")


def _members(pattern: re.Pattern[str], field_text: str) -> list[tuple[str, ...]]:
    """The members of a dictionary field, every one of which must be of `pattern`. Source: RFC 8941 section 3.2."""
    found, at = [], 0
    while True:
        match = pattern.match(field_text, at)
        if match is None:
            raise Unfit(Code.INVALID, "a member of Signature or Signature-Input cannot be read")
        found.append(match.groups())
        if match.end() == len(field_text):
            return found
        comma = COMMA.match(field_text, match.end())
        if comma is None:
            raise Unfit(Code.INVALID, "a member of Signature or Signature-Input cannot be read")
        at = comma.end()


def _signed(signature: bytes, text: str, parameters_text: str) -> Signed:
    components = tuple(COMPONENT.findall(text[: len(text) - len(parameters_text)]))
    if len({*components}) < len(components):
        raise Unfit(Code.INVALID, "a component is listed twice")
    words, numbers = _parameters(parameters_text)
    if "created" not in numbers:
        raise Unfit(Code.PRECONDITION, "there is no parameter created")
    return Signed(
        signature=signature,
        components=components,
        text=text,
        keyid=words.get("keyid", ""),
        nonce=words.get("nonce", ""),
        created=numbers["created"],
        expires=numbers.get("expires"),
    )


def _parameters(text: str) -> tuple[dict[str, str], dict[str, int]]:
    """Those that are strings and those that are moments, the last of a name."""
    words: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for name, string, digits in PARAMETER.findall(text):
        if name not in PARAMETERS:
            raise Unfit(Code.INVALID, f"unknown parameter {name}")
        if bool(digits) is not (name in ("created", "expires")):
            raise Unfit(Code.INVALID, f"parameter {name} is of the wrong type")
        if digits:
            numbers[name] = int(digits)
        else:
            words[name] = re.sub(r"\\(.)", r"\1", string[1:-1])
    return words, numbers


def _component(upgrade: Upgrade, name: str) -> str:
    if name == "@request-target":
        return upgrade.target
    if name == "@authority":
        return upgrade.authority
    if name.startswith("@"):
        raise Unfit(Code.INVALID, f"component {name} is none that we know")
    value = upgrade.headers.get(name, "").strip()
    if not value:
        raise Unfit(Code.PRECONDITION, f"component {name}: there is no such header")
    return value


def _timely(signed: Signed, now_s: float) -> None:
    if signed.created > now_s + SKEW_S:
        raise Unfit(Code.PRECONDITION, f"created {signed.created - now_s:.0f} s in the future: set the clock")
    if signed.expires is not None and signed.expires < now_s + SKEW_S:
        raise Unfit(Code.EXPIRED, f"expired {now_s - signed.expires:.0f} s ago")
    if signed.created + LONGEST_AGE_S < now_s + SKEW_S:
        raise Unfit(Code.EXPIRED, f"made {now_s - signed.created:.0f} s ago")


def _about(signed: Signed, key: str) -> None:
    missing = [name for name in REQUIRED if name not in signed.components]
    if missing:
        raise Unfit(Code.PRECONDITION, f"not signed: {', '.join(missing)}")
    if len(signed.nonce) < SHORTEST_NONCE:
        raise Unfit(Code.PRECONDITION, f"the nonce has fewer than {SHORTEST_NONCE} characters")
    if signed.keyid != key:
        raise Unfit(Code.PRECONDITION, "keyid is not the X-API-KEY")


def _unsigned(known: Sequence[bytes] | None) -> Verdict:
    if known is None:
        return Verdict(code=Code.UNKNOWN_KEY, why="no such key in SWITCHBOARD_MEDIA_KEYS")
    if b"" in known:
        return Verdict(code=Code.VERIFIED, why="the key has no secret")
    return Verdict(code=Code.UNSIGNED, why="the key has a secret and the request is not signed")


def _compare(signed: Signed, base: bytes, known: Sequence[bytes] | None, key: str) -> Verdict:
    """Every secret is tried, and for an unknown key one that is none, so that all answers take alike."""
    secrets = [secret for secret in known or () if secret] or [DUMMY_SECRET]
    good = [hmac.compare_digest(hmac.digest(secret, base, "sha256"), signed.signature) for secret in secrets]
    shown = base.decode("utf-8", "replace").replace(key, "(the key)")
    if known is None:
        return Verdict(code=Code.UNKNOWN_KEY, why="no such key in SWITCHBOARD_MEDIA_KEYS", base=shown)
    if not any(known):
        return Verdict(code=Code.FAILED, why="the request is signed and the key has no secret here", base=shown)
    if not any(good):
        return Verdict(code=Code.FAILED, why="the signature is of another secret or another request", base=shown)
    return Verdict(code=Code.VERIFIED)
