"""TokenActor: the one access token; one fetch for any number of askers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, assert_never

from loguru import logger

from actors.base import GatewayActor, Seat
from actors.reply import Reply
from genesys.dialect import Granted, OAuthDialect
from genesys.errors import Unauthorized, Unavailable
from messages.base import Json, Recipient
from messages.journal import PublishEvent
from messages.rest import Call, CallAnswered
from messages.tokens import RefreshToken, ShowToken, TokenDenied, TokenGranted, TokenRejected, WantToken
from rules.tokens import (
    DISTRUST_S,
    FETCH_S,
    SLOW_RETRY_S,
    fetch_again_in_s,
    good_for_s,
    refresh_in_s,
    replace_in_s,
)

STASH = 1_000  # askers that may wait at once
LATE_S = 5.0  # after its deadline, before a login that was never answered is given up
CODE = "SB-208"  # Genesys refuses our credentials or scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The OAuth client this gateway logs in with."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _FetchNow:
    pass


@dataclass(frozen=True, slots=True)
class _FetchLost:
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """The token in hand; `fetched_at_s` and `good_until_s` are monotonic."""

    granted: Granted
    generation: int
    fetched_at_s: float
    good_until_s: float


ToToken = WantToken | TokenRejected | RefreshToken | ShowToken | CallAnswered | _FetchNow | _FetchLost


class TokenActor(GatewayActor[ToToken]):
    """Logs in over `desk`, at most once at a time, and again before the token expires; `journal` hears of it."""

    def __init__(
        self, seat: Seat, *, desk: Recipient, journal: Recipient, oauth: OAuthDialect, credentials: Credentials
    ) -> None:
        super().__init__(seat)
        self._desk = desk
        self._journal = journal
        self._oauth = oauth
        self._credentials = credentials
        self._held: _Held | None = None
        self._denied: TokenDenied | None = None
        self._fetch: str | None = None
        self._fetch_at_s = 0.0
        self._waiting: dict[str, Recipient] = {}
        self._replies: list[Reply] = []
        self._generation = self._fetches = self._failures = self._rejections = 0
        self._rests = False
        self._last_error = ""

    def started(self) -> None:
        self._fetch_now()

    def handle(self, message: ToToken) -> Any:
        match message:
            case WantToken():
                return self._want(message.reply_to)
            case CallAnswered():
                return self._answered(message)
            case TokenRejected():
                return self._rejected(message.generation)
            case RefreshToken():
                return self._refresh()
            case ShowToken():
                return self._show()
            case _FetchNow():
                return self._fetch_now()
            case _FetchLost():
                return self._lost(message.call_id)
            case _:
                assert_never(message)

    def stopped(self) -> None:
        self._settle_replies()

    def release(self) -> None:
        self._settle_replies()

    def facts(self) -> dict[str, Json]:
        return self._show()

    # --- askers ------------------------------------------------------------------------------------------------

    def _want(self, asker: Recipient) -> None:
        granted = self._present()
        if granted is not None:
            asker.tell(granted)
        elif self._denied is not None:
            asker.tell(self._denied)
        elif len(self._waiting) >= STASH and asker.name not in self._waiting:
            words = f"{STASH} others wait for a token already: {self._last_error or 'the login has not answered yet'}"
            asker.tell(TokenDenied(code=CODE, message=words, remedy="see `token status`", final=False))
        else:
            self._waiting[asker.name] = asker
            if not self._rests:
                self._fetch_now()

    def _present(self) -> TokenGranted | None:
        held = self._held
        if held is None or held.good_until_s <= self.world.monotonic():
            return None
        secret, generation = held.granted.secret, held.generation
        return TokenGranted(secret=secret, generation=generation, good_until_s=held.good_until_s)

    def _tell_waiting(self, message: TokenGranted | TokenDenied) -> None:
        waiting, self._waiting = self._waiting, {}
        for asker in waiting.values():
            asker.tell(message)

    def _rejected(self, generation: int) -> None:
        held = self._held
        if held is None or held.generation != generation:
            return
        young = self.world.monotonic() - held.fetched_at_s < DISTRUST_S
        self._rejections = self._rejections + 1 if young else 1
        self._held = None
        self._fetch_in(replace_in_s(self._rejections, self.world.random()))

    def _refresh(self) -> Reply:
        reply = Reply()
        self._replies.append(reply)
        self._fetch_now()
        return reply

    # --- fetches -----------------------------------------------------------------------------------------------

    def _fetch_in(self, delay_s: float) -> None:
        if delay_s <= 0:
            return self._fetch_now()
        self._rests = self._present() is None
        return self.after(delay_s, _FetchNow(), "fetch")

    def _fetch_now(self) -> None:
        if self._fetch is not None:
            return
        self._rests = False
        self.cancel("fetch")
        self._fetch, self._fetch_at_s = self.world.new_id(), self.world.monotonic()
        self._fetches += 1
        who = self._credentials
        request = self._oauth.token_request(who.client_id, who.client_secret, who.scopes)
        deadline_s = self._fetch_at_s + FETCH_S
        self._desk.tell(
            Call(call_id=self._fetch, request=request, priority="login", deadline_s=deadline_s, reply_to=self.address)
        )
        self.after(FETCH_S + LATE_S, _FetchLost(self._fetch), "lost")

    def _lost(self, call_id: str) -> None:
        if call_id == self._fetch:
            self._end_fetch()
            self._not_now("the login was never answered", None)

    def _answered(self, answer: CallAnswered) -> None:
        if answer.call_id != self._fetch:
            return None
        self._end_fetch()
        if answer.response is None or answer.failure:
            return self._not_now(answer.detail or answer.failure, answer.retry_after_s)
        try:
            granted = self._oauth.read_token(answer.response)
        except Unavailable as fault:
            return self._not_now(fault.detail, answer.retry_after_s)
        except Unauthorized as fault:
            return self._refused(fault)
        return self._granted(granted)

    def _end_fetch(self) -> None:
        self._fetch = None
        self.cancel("lost")

    def _granted(self, granted: Granted) -> None:
        self._generation += 1
        self._held = _Held(
            granted=granted,
            generation=self._generation,
            fetched_at_s=self._fetch_at_s,
            good_until_s=self._fetch_at_s + good_for_s(granted.lifetime_s),
        )
        self._denied, self._failures, self._last_error = None, 0, ""
        self._fetch_in(refresh_in_s(granted.lifetime_s))
        present = self._present()
        if present is not None:
            self._tell_waiting(present)
        elif self._waiting:
            self._fetch_now()  # it was so short-lived that it expired on its way
        data: dict[str, Json] = {"generation": self._generation, "expires_in_s": granted.lifetime_s}
        self._journal.tell(PublishEvent(kind="token.refreshed", data=data))
        self._settle_replies()

    def _refused(self, fault: Unauthorized) -> None:
        logger.error("{}: {}; {}", self._lacking(), fault.detail, fault.remedy)
        self._last_error = fault.detail
        self._denied = TokenDenied(code=CODE, message=fault.detail, remedy=fault.remedy, final=True)
        self._tell_if_missing()
        self._fetch_in(SLOW_RETRY_S)
        self._tell_waiting(self._denied)
        self._settle_replies()

    def _not_now(self, words: str, retry_after_s: float | None) -> None:
        self._failures += 1
        self._last_error = words
        self._tell_if_missing()
        delay_s = fetch_again_in_s(self._failures, retry_after_s, self.world.random())
        logger.warning("{} for now: {}; trying again in {:.1f} s", self._lacking(), words, delay_s)
        self._fetch_in(delay_s)
        self._settle_replies()

    def _lacking(self) -> str:
        return "no token" if self._present() is None else "no new token"

    def _tell_if_missing(self) -> None:
        """A refresh that fails while the present token is good is in the log, and no trouble yet."""
        if self._present() is None:
            self._journal.tell(PublishEvent(kind="token.missing", data={"why": self._last_error}))

    # --- what operators see ------------------------------------------------------------------------------------

    def _settle_replies(self) -> None:
        replies, self._replies = self._replies, []
        for reply in replies:
            reply.set(self._show())

    def _show(self) -> dict[str, Json]:
        held, now_s = self._held, self.world.monotonic()
        present = self._present() is not None
        state = "valid" if present else "denied" if self._denied else "fetching" if self._fetch else "waiting"
        left_s = held.good_until_s - now_s if held is not None and present else 0.0
        return {
            "state": state,
            "generation": self._generation,
            "expires_in_s": round(left_s, 3),
            "expires_at": _utc(self, left_s) if present else None,
            "scopes": list(held.granted.scopes or self._credentials.scopes) if held else list(self._credentials.scopes),
            "fetches": self._fetches,
            "waiting": len(self._waiting),
            "last_error": self._last_error,
            "remedy": self._denied.remedy if self._denied else "",
        }


def _utc(actor: TokenActor, ahead_s: float) -> str:
    return (actor.world.utc_now() + timedelta(seconds=ahead_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
