"""The tutorial's protocol on /media-api: one call a connection, JSON text frames with base64 audio.

Source: contracts 4; seed 003 step 2. What ends a call, with which code, is in docs/media.md.
"""

import re
from collections.abc import Mapping

from picows import WSUpgradeRequest

from media.bearers import Bearers, NoVerdict
from media.call import Facts, Lane
from media.connection import INTERNAL, INVALID, POLICY, UNSUPPORTED, Connection
from media.doorway import Admission, Refusal, is_foreign, too_busy
from media.frames import Frame, Malformed, decode
from media.house import House
from media.keys import KeyRing, bearer
from media.uplinks import Result
from rules.ids import is_id
from rules.sequences import broken

PATH = "/media-api"
SUBPROTOCOL = "media-api"
FORMAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,31}")  # ours; PCMU, PCMA, L16 and whatever the service knows


class TutorialDoor:
    """Bearer, Origin, subprotocol, room: in this order, all before the upgrade."""

    def __init__(self, house: House, keys: KeyRing, bearers: Bearers) -> None:
        self._house, self._keys, self._bearers = house, keys, bearers

    async def judge(self, request: WSUpgradeRequest) -> Admission | Refusal:
        """The answer to one request for /media-api."""
        offered = bearer(request.headers.get("Authorization"))
        try:
            if offered is None or not await self._known(offered):
                return UNAUTHORIZED
        except NoVerdict as why:
            return too_busy(f"{why}\n")
        if is_foreign(request, self._house.plan.origins):
            return Refusal(status=403, body="this Origin is not allowed\n")
        if SUBPROTOCOL not in subprotocols(request):
            return Refusal(status=400, body=f"ask for the subprotocol {SUBPROTOCOL}\n")
        if no_room := self._house.no_room:
            return too_busy(f"{no_room}\n")
        return Admission(listener=TutorialCall(self._house), headers={"Sec-WebSocket-Protocol": SUBPROTOCOL})

    async def _known(self, offered: str) -> bool:
        if self._keys.find(offered) is not None:
            return True
        return self._house.plan.introspect and await self._bearers.known(offered)


UNAUTHORIZED = Refusal(status=401, body="no bearer that is known here\n", headers={"WWW-Authenticate": "Bearer"})


def subprotocols(request: WSUpgradeRequest) -> set[str]:
    """What the caller offers. Source: RFC 6455 section 11.3.4: the header may come several times."""
    return {name.strip() for line in request.headers.getall("Sec-WebSocket-Protocol", []) for name in line.split(",")}


class TutorialCall(Connection):
    """One call. The first good frame opens its stream; frames of any other call, codec or rate are malformed."""

    __slots__ = ("_expected", "_facts", "_malformed", "_most", "_run", "lane")

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.lane: Lane | None = None
        self._facts: tuple[str, str, str, int] | None = None
        self._expected = 0
        self._malformed = 0  # before the stream opened
        self._run = 0  # malformed or passed ones in a row
        self._most = house.plan.limits.max_malformed

    # -- frames --------------------------------------------------------------------------------------------------

    def message(self, payload: bytes, is_text: bool) -> None:
        if not is_text:
            self.close(UNSUPPORTED, "frames are JSON in text, not binary")
            return
        try:
            frame = decode(payload)
        except Malformed:
            self._skip()
            return
        lane = self.lane
        if lane is None or self._facts != (frame.conversationId, frame.participantId, frame.format, frame.sampleRate):
            self._unfit(frame)
        elif frame.sequenceNumber == self._expected:
            self._expected += 1
            self._run = 0
            lane.audio(frame.sequenceNumber, frame.audio)
        else:
            self._out_of_order(lane, frame)

    def _unfit(self, frame: Frame) -> None:
        """The first frame, or one that does not belong to this call."""
        if self.lane is not None or not _opens(frame):
            self._skip()
            return
        self._facts = (frame.conversationId, frame.participantId, frame.format, frame.sampleRate)
        facts = Facts(
            conversation_id=frame.conversationId,
            participant_id=frame.participantId,
            protocol="media-api",
            codec=frame.format,
            sample_rate_hz=frame.sampleRate,
            high_byte_first=frame.format.upper() == "L16",  # RFC 3551 section 4.5.11
        )
        self.lane = Lane(self.house, facts, self)
        self.lane.malformed = self._malformed
        self._expected = frame.sequenceNumber + 1
        self._run = 0
        self.lane.audio(frame.sequenceNumber, frame.audio)

    def _out_of_order(self, lane: Lane, frame: Frame) -> None:
        found = broken(self._expected, frame.sequenceNumber)
        assert found is not None
        lane.gap(found.kind, self._expected, frame.sequenceNumber, found.count)
        if found.usable:
            self._expected = frame.sequenceNumber + 1
            self._run = 0
            lane.audio(frame.sequenceNumber, frame.audio)
            return
        self._run += 1
        if self._run >= self._most:
            self.close(POLICY, f"{self._run} frames in a row with numbers that were passed: connect anew")

    def _skip(self) -> None:
        if self.lane is None:
            self._malformed += 1
        else:
            self.lane.malformed += 1
        self._run += 1
        if self._run >= self._most:
            self.close(INVALID, f"{self._run} frames in a row are malformed")

    # -- the end ---------------------------------------------------------------------------------------------------

    def close(self, code: int, reason: str) -> None:
        super().close(code, reason)
        self.over(code, reason)

    def over(self, code: int, reason: str) -> None:
        if self.lane is not None:
            self.lane.end(reason, code)

    # -- from the lane ---------------------------------------------------------------------------------------------

    def hold(self) -> None:
        self.pause()

    def release(self) -> None:
        self.resume()

    def heard(self, lane: Lane, result: Result) -> None:
        """The tutorial's protocol has no way back for transcripts."""

    def deserted(self, lane: Lane, why: str) -> None:
        self.close(INTERNAL, why)

    def finished(self, lane: Lane) -> None:
        """The stream is told as closed."""

    def play(self, lane: Lane, audio: bytes) -> None:
        """The tutorial's protocol has no way to play audio."""

    def barge(self, lane: Lane) -> None:
        """Nothing is ever played."""

    def disconnect(self, lane: Lane, reason: str, output_variables: Mapping[str, str]) -> None:
        self.close(1000, reason)


def _opens(frame: Frame) -> bool:
    ids = is_id(frame.conversationId) and is_id(frame.participantId)
    return ids and FORMAT.fullmatch(frame.format) is not None
