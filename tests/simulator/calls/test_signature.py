import base64

from simulator.calls.signature import COMPONENTS, signature_headers

SECRET = base64.b64decode("TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=")
NONCE = "VGhpc0lzQVVuaXF1ZU5vbmNl"
VALUES = {
    "@request-target": "/api/v1/voicebiometrics/ws",
    "@authority": "audiohook.example.com",
    "audiohook-organization-id": "d7934305-0972-4844-938e-9060eef73d05",
    "audiohook-session-id": "30b0e395-84d3-4570-ac13-9a62d8f514c0",
    "audiohook-correlation-id": "e160e428-53e2-487c-977d-96989bf5c99d",
    "x-api-key": "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh",
}


def test_the_published_vector_is_signed_alike() -> None:
    """Source: genesys-platform 3.2; its `expires` is the sum that the vector's own builder made."""
    made = signature_headers(VALUES, SECRET, NONCE, 1641013200, lifetime_s=3282026430 - 1641013200)
    assert made["Signature"] == "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:"


def test_every_component_is_named_in_the_input() -> None:
    made = signature_headers(VALUES, SECRET, "n" * 24, 1)
    assert all(f'"{name}"' in made["Signature-Input"] for name in COMPONENTS)
    assert made["Signature-Input"].endswith(';alg="hmac-sha256";created=1;expires=11')
