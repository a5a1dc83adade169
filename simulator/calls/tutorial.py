"""A call as the tutorial has it: JSON frames with base64 audio at /media-api. Source: contracts 4, seed 003."""

import orjson
from picows import WSMsgType, WSTransport

from simulator.calls.call import Call, Surroundings
from simulator.calls.clock import Stamp
from simulator.calls.reel import Reel
from simulator.calls.report import CallRow

SUBPROTOCOL = "media-api"


class TutorialCall(Call):
    """Nothing is ever said to the caller; a pause is just silence on the wire."""

    def __init__(
        self,
        around: Surroundings,
        row: CallRow,
        reel: Reel,
        *,
        key: str,
        number: int,
        audio_format: str,
        stamp: Stamp,
    ) -> None:
        super().__init__(around, row, reel)
        self._key = key
        self._stamp = stamp
        self._audio = around.tape.base64(number, audio_format)
        named = {"conversationId": row.conversation_id, "participantId": f"customer-{number}", "format": audio_format}
        self._head = orjson.dumps(named | {"sampleRate": around.rate_hz})[:-1] + b',"audio":"'
        self._sequence = 0

    def headers(self, target: str, authority: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Sec-WebSocket-Protocol": SUBPROTOCOL}

    def on_ws_connected(self, transport: WSTransport) -> None:
        super().on_ws_connected(transport)
        chosen = transport.response.headers.get("Sec-WebSocket-Protocol")
        if chosen != SUBPROTOCOL:
            self.violated(f"the server chose the subprotocol {chosen}, not {SUBPROTOCOL}")
        self.opened()

    def send(self, index: int) -> None:
        self._sequence += 1
        self._say(index)

    def lose(self, index: int) -> None:
        self._sequence += 1

    def repeat(self, index: int) -> None:
        self._say(index)

    def speak(self, language: str) -> None:
        raise AssertionError("nothing declares a language here")

    def finish(self) -> None:
        self.hang_up()

    def heard(self, opcode: WSMsgType, data: bytes) -> None:
        self.violated("the server sent a message; on /media-api it has none to send")

    def _say(self, index: int) -> None:
        audio = self._audio[index % len(self._audio)]
        tail = b'","sequenceNumber":%d,"timestamp":"%s"}' % (self._sequence, self._stamp.now())
        self.write(WSMsgType.TEXT, self._head + audio + tail)
        self.row.frames += 1
