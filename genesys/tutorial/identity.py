"""Whether Genesys knows the token that a caller of the audio plane shows. Source: seed 003; Tokens API, tokens/me."""

from messages.rest import CallAnswered, HttpRequest

MOST_LETTERS = 8_192  # of a bearer; JWTs of Genesys have some 1,500


def bearer_request(api_url: str, bearer: str) -> HttpRequest | None:
    """The question with that bearer instead of ours, safe to repeat; None for what cannot be a token."""
    if not bearer.isascii() or not bearer.isprintable() or " " in bearer or not 0 < len(bearer) <= MOST_LETTERS:
        return None
    return HttpRequest(
        route="GET /api/v2/tokens/me",
        method="GET",
        url=f"{api_url}/api/v2/tokens/me",
        headers={"Authorization": f"Bearer {bearer}", "Accept": "application/json"},
        bearer=False,
        retries=1,
    )


def read_bearer(answered: CallAnswered) -> bool | None:
    """Whether Genesys knows the token; None where its answer says nothing about that."""
    if answered.response is None:
        return None
    return {200: True, 401: False, 403: False}.get(answered.response.status)
