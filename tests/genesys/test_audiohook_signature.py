"""Signatures of AudioHook upgrades: the published vectors, and every rule by itself."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.audiohook_nonces import TABLE_BYTES, NonceTable
from genesys.audiohook_signature import (
    REQUIRED,
    Code,
    Unfit,
    Upgrade,
    Verdict,
    authority_of,
    read_signature,
    signature_base,
    verify,
)

SECRET = base64.b64decode("TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")
KEY = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
SECRETS = {KEY: (SECRET,)}
NOW = 1_641_013_200
HEADERS = {
    "host": "audiohook.example.com",
    "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
    "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "x-api-key": KEY,
}
TARGET = "/api/v1/voicebiometrics/ws"
VALUES = HEADERS | {"@request-target": TARGET, "@authority": "audiohook.example.com"}
MARKS = {"keyid": f'"{KEY}"', "nonce": '"VGhpc0lzQVVuaXF1ZU5vbmNl"', "alg": '"hmac-sha256"', "created": str(NOW)}


def parameters(components: tuple[str, ...] = REQUIRED, **marks: str | None) -> str:
    """The text after `sig1=`; a mark of None is left out."""
    names = " ".join(f'"{name}"' for name in components)
    kept = {name: value for name, value in (MARKS | {"expires": str(NOW + 10)} | marks).items() if value is not None}
    return f"({names})" + "".join(f";{name}={value}" for name, value in kept.items())


def signature(text: str, components: tuple[str, ...] = REQUIRED, secret: bytes = SECRET, **values: str) -> str:
    lines = [f'"{name}": {(VALUES | values)[name]}' for name in components]
    base = "\n".join([*lines, f'"@signature-params": {text}'])
    return base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()


def upgrade(text: str | None = None, made: str | None = None, **headers: str) -> Upgrade:
    text = parameters() if text is None else text
    signed = {"signature-input": f"sig1={text}", "signature": f"sig1=:{made or signature(text)}:"}
    return Upgrade(target=TARGET, authority="audiohook.example.com", headers=HEADERS | signed | headers)


def without(request: Upgrade, *names: str) -> Upgrade:
    kept = {name: value for name, value in request.headers.items() if name not in names}
    return Upgrade(target=request.target, authority=request.authority, headers=kept)


def no_nonces() -> NonceTable:
    return NonceTable(memoryview(bytearray(TABLE_BYTES)))


def judge(
    request: Upgrade,
    now_s: float = NOW,
    nonces: NonceTable | None = None,
    secrets: Mapping[str, Sequence[bytes]] = SECRETS,
) -> Verdict:
    known = secrets.get(request.headers.get("x-api-key", ""))
    return verify(request, known, no_nonces() if nonces is None else nonces, now_s)


# --- the vectors of the reference implementation

VECTORS = [
    (REQUIRED, "NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4="),
    (("@request-target", "host", *REQUIRED[2:]), "zupMJUMfd/kMuvKc5zhRyfJPE3jTROuz1S1hn8SCTpE="),
]


@pytest.mark.parametrize(("components", "made"), VECTORS)
def test_the_published_vectors_are_signed_alike(components: tuple[str, ...], made: str) -> None:
    request = upgrade(parameters(components, expires="3282026430"), made)
    signed = read_signature(request.headers)
    assert signed is not None
    assert hmac.digest(SECRET, signature_base(request, signed), "sha256") == signed.signature


def test_the_first_vector_is_let_in() -> None:
    assert judge(upgrade(parameters(expires="3282026430"), VECTORS[0][1])).good


# --- rules


def test_a_fresh_signature_is_let_in() -> None:
    assert judge(upgrade()).good


def test_components_and_parameters_may_come_in_any_order() -> None:
    turned = REQUIRED[::-1]
    marks = [f";{name}={value}" for name, value in reversed(MARKS.items())]
    text = "(" + " ".join(f'"{name}"' for name in turned) + ")" + "".join(marks)
    assert judge(upgrade(text, signature(text, turned))).good


@pytest.mark.parametrize("missing", REQUIRED)
def test_every_required_component_must_be_signed(missing: str) -> None:
    components = tuple(name for name in REQUIRED if name != missing)
    text = parameters(components)
    verdict = judge(upgrade(text, signature(text, components)))
    assert verdict.code is Code.PRECONDITION
    assert missing in verdict.why


@pytest.mark.parametrize("missing", [name for name in REQUIRED if not name.startswith("@")])
def test_every_signed_header_must_be_there(missing: str) -> None:
    assert judge(without(upgrade(), missing)).code is Code.PRECONDITION


@pytest.mark.parametrize(
    ("age_s", "code"),
    [
        (0, Code.VERIFIED),
        (-3, Code.VERIFIED),
        (-5, Code.PRECONDITION),
        (6, Code.VERIFIED),
        (7, Code.VERIFIED),
        (8, Code.EXPIRED),
        (20, Code.EXPIRED),
    ],
)
def test_a_signature_has_its_time(age_s: int, code: Code) -> None:
    assert judge(upgrade(parameters(expires=None)), NOW + age_s).code is code


def test_a_signature_may_set_itself_a_shorter_time() -> None:
    text = parameters(expires=str(NOW + 4))
    assert judge(upgrade(text), NOW + 1).good
    assert judge(upgrade(text), NOW + 2).code is Code.EXPIRED


def test_a_signature_without_its_time_is_not_enough() -> None:
    text = parameters(created=None)
    assert judge(upgrade(text)).code is Code.PRECONDITION


@pytest.mark.parametrize(("length", "code"), [(21, Code.PRECONDITION), (22, Code.VERIFIED)])
def test_a_nonce_has_a_least_length(length: int, code: Code) -> None:
    text = parameters(nonce='"' + "n-" * (length // 2) + "n" * (length % 2) + '"')
    assert judge(upgrade(text)).code is code


def test_a_signature_without_nonce_is_not_enough() -> None:
    assert judge(upgrade(parameters(nonce=None))).code is Code.PRECONDITION


def test_a_signature_is_good_for_one_upgrade() -> None:
    nonces = no_nonces()
    assert judge(upgrade(), nonces=nonces).good
    assert judge(upgrade(), nonces=nonces).code is Code.REPLAYED


def test_a_wrong_signature_uses_up_no_nonce() -> None:
    nonces = no_nonces()
    assert judge(upgrade(made=signature(parameters(), secret=b"other")), nonces=nonces).code is Code.FAILED
    assert judge(upgrade(), nonces=nonces).good


def test_the_key_signed_for_must_be_the_key_sent() -> None:
    text = parameters(keyid='"another"')
    assert judge(upgrade(text)).code is Code.PRECONDITION


def test_whatever_alg_says_it_is_hmac_sha256() -> None:
    for alg in ('"rsa-pss-sha512"', '"none"', None):
        assert judge(upgrade(parameters(alg=alg))).good


@pytest.mark.parametrize(
    "text",
    [
        parameters() + ';tag="x"',
        parameters(created=f'"{NOW}"'),
        parameters(nonce="1234567890123456789012"),
        parameters(created="-1"),
        parameters(created="1.5"),
        parameters((*REQUIRED, "x-api-key")),
        parameters((*REQUIRED, "@signature-params")),
        parameters().replace('"x-api-key"', '"x-api-key";sf'),
        parameters().replace('"x-api-key"', "x-api-key"),
        "(",
        "",
        '"sig1"',
        parameters() + ",",
        parameters() + " ;",
    ],
)
def test_what_no_signer_makes_is_invalid(text: str) -> None:
    assert judge(upgrade(text, signature(parameters()))).code is Code.INVALID


@pytest.mark.parametrize("made", ["!", "AAA", "====", "AAAA=AAAA"])
def test_what_is_not_base64_is_invalid(made: str) -> None:
    assert judge(upgrade(made=made)).code is Code.INVALID


def test_half_a_signature_is_invalid() -> None:
    assert judge(without(upgrade(), "signature")).code is Code.INVALID
    assert judge(without(upgrade(), "signature-input")).code is Code.INVALID
    other = upgrade()
    assert judge(upgrade(signature=other.headers["signature"].replace("sig1", "sig2"))).code is Code.INVALID


def test_the_first_of_several_signatures_counts() -> None:
    request = upgrade()
    both = {
        "signature-input": request.headers["signature-input"] + ', proxy=("host");created=1',
        "signature": "proxy=:AAAA: , " + request.headers["signature"],
    }
    assert judge(upgrade(**both)).good


@pytest.mark.parametrize(
    "changed",
    [
        {"audiohook-organization-id": "11111111-0972-4844-938e-9060eef73d05"},
        {"audiohook-session-id": "11111111-84d3-4570-ac13-9a62d8f514c0"},
        {"audiohook-correlation-id": "11111111-53e2-487c-977d-96989bf5c99d"},
    ],
)
def test_a_changed_header_fails(changed: dict[str, str]) -> None:
    assert judge(upgrade(**changed)).code is Code.FAILED


def test_another_path_query_or_host_fails() -> None:
    request = upgrade()
    for target, authority in ((f"{TARGET}?a=b", "audiohook.example.com"), (TARGET, "internal:8081")):
        verdict = judge(Upgrade(target=target, authority=authority, headers=request.headers))
        assert verdict.code is Code.FAILED
        assert target in verdict.base
        assert authority in verdict.base


def test_what_is_shown_of_a_failure_holds_no_key() -> None:
    verdict = judge(upgrade(made=signature(parameters(), secret=b"other")))
    assert KEY not in verdict.base
    assert '"x-api-key": (the key)' in verdict.base


def test_any_of_several_secrets_will_do() -> None:
    assert judge(upgrade(), secrets={KEY: (b"old", SECRET)}).good


def test_an_unknown_key_is_unknown_whatever_it_signs_with() -> None:
    assert judge(upgrade(), secrets={"other": (SECRET,)}).code is Code.UNKNOWN_KEY
    forged = upgrade(made=signature(parameters(), secret=bytes(32)))
    assert judge(forged, secrets={"other": (SECRET,)}).code is Code.UNKNOWN_KEY
    assert judge(without(upgrade(), "signature", "signature-input"), secrets={"other": (b"",)}).code is Code.UNKNOWN_KEY


def test_unsigned_is_let_in_only_for_a_key_without_secret() -> None:
    unsigned = without(upgrade(), "signature", "signature-input")
    assert judge(unsigned, secrets={KEY: (b"",)}).good
    assert judge(unsigned).code is Code.UNSIGNED


def test_signed_with_nothing_is_not_let_in_for_a_key_without_secret() -> None:
    for secret in (b"", bytes(32)):
        assert judge(upgrade(made=signature(parameters(), secret=secret)), secrets={KEY: (b"",)}).code is Code.FAILED


def test_without_a_key_nobody_is_let_in() -> None:
    unsigned = without(upgrade(), "signature", "signature-input", "x-api-key")
    assert judge(unsigned, secrets={"": (b"",)}).code is Code.PRECONDITION


@given(st.text(max_size=200), st.text(max_size=100))
def test_whatever_the_headers_hold_there_is_a_verdict(inputs: str, made: str) -> None:
    headers = HEADERS | {"signature-input": f"sig1={inputs}", "signature": f"sig1={made}"}
    assert not judge(Upgrade(target=TARGET, authority="a", headers=headers)).good


@given(st.sampled_from(range(len(parameters()))), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_changed_sign_passes(at: int, sign: str) -> None:
    text = parameters()
    changed = text[:at] + sign + text[at + 1 :]
    assert judge(upgrade(changed, signature(text))).good is (changed == text)


def test_an_unfit_component_has_a_reason() -> None:
    request = upgrade(parameters(("@method",)), "AAAA")
    signed = read_signature(request.headers)
    assert signed is not None
    with pytest.raises(Unfit, match="none that we know"):
        signature_base(request, signed)


@pytest.mark.parametrize(
    ("host", "tls", "authority"),
    [
        ("Audio.Example.com:443", True, "audio.example.com"),
        ("audio.example.com:80", False, "audio.example.com"),
        ("audio.example.com:80", True, "audio.example.com:80"),
        (" 127.0.0.1:8081 ", False, "127.0.0.1:8081"),
    ],
)
def test_the_authority_is_the_host_as_signers_write_it(host: str, tls: bool, authority: str) -> None:
    assert authority_of(host, tls=tls) == authority
