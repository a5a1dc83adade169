"""`Simulator`: the box in a background thread of this process, for tests and benchmarks."""

import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from simulator import report
from simulator.box import Box, Clock
from simulator.controls import Controls
from simulator.faults import MATCHES
from simulator.hosting import BoxThread, Service
from simulator.state import TABLE_PAGE
from simulator.transcription.credentials import PLAIN, ClientFiles, server_context, write_files
from simulator.transcription.options import TranscriptionOptions
from simulator.watch import Predicate

if TYPE_CHECKING:
    from simulator.certificates import Identity


class Simulator:
    """`with Simulator() as box:` serves until the block ends. Every method may be called from any thread.

    `settings` are those of PUT /sim/settings, `faults` those of POST /sim/faults; BadInput names what is wrong with
    them. With `transcription` there is a gRPC service, too. `clock` (seconds) decides when tokens expire and rate
    windows end, so that a test can move it.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        tls_newest: str = "1.3",
        ca_file: Path | None = None,
        seed: int = 0,
        clock: Clock = time.monotonic,
        faults: Any = (),
        settings: Mapping[str, Any] | None = None,
        transcription: TranscriptionOptions | None = None,
    ) -> None:
        self._box = Box(seed, clock)
        self._controls = Controls(self._box)
        self._controls.change_settings(dict(settings or {}))
        self._controls.add_faults(list(faults))
        self._transcription = transcription
        self._files: ClientFiles | None = None
        self._thread = BoxThread(self._box, host, port, self._service if transcription is not None else None)
        self._identity: Identity | None = None
        self._tls, self._tls_newest, self._ca_file = tls, tls_newest, ca_file
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Serve; OSError when an address or a file cannot be had, BadInput when the recogniser cannot."""
        self._write_files()
        self._thread.start(self._identify() if self._tls else None)
        return self

    def stop(self) -> None:
        """Abort every connection and end the thread; harmless when it has ended already."""
        self._thread.stop()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where the API, the login and the admin door are, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{self._thread.host}:{self._thread.port}"

    @property
    def ws_url(self) -> str:
        """The transfer socket."""
        return self.url.replace("http", "ws", 1) + "/api/v2/websocket"

    @property
    def events_url(self) -> str:
        """The event socket."""
        return self.url.replace("http", "ws", 1) + "/api/v2/interactions/events/subscribe"

    @property
    def assist_url(self) -> str:
        """The assist socket; nobody has to log in before it is open."""
        return self.url.replace("http", "ws", 1) + "/api/v2/agentassist/stream"

    @property
    def cdn_url(self) -> str:
        """The folder of the prompts: `{cdn_url}/en/standard/welcome.mp3`."""
        return self.url + "/cdn"

    @property
    def ca_file(self) -> Path | None:
        """The authority to trust, as PEM; None without TLS."""
        return self._ca_file

    @property
    def transcribes(self) -> bool:
        """Whether there is a gRPC service."""
        return self._transcription is not None

    @property
    def transcription_addr(self) -> str:
        """`host:port` of the gRPC service; LookupError without one."""
        if self._thread.transcription_port is None:
            raise LookupError("this box has no transcription service; Simulator(transcription=TranscriptionOptions())")
        return f"{self._thread.host}:{self._thread.transcription_port}"

    @property
    def transcription_files(self) -> ClientFiles | None:
        """What a client of the gRPC service needs; None where that speaks plain text."""
        return self._files

    @property
    def client_id(self) -> str:
        return self._box.world.settings.client_id

    @property
    def client_secret(self) -> str:
        return self._box.world.settings.client_secret

    def state(self, offset: int = 0, limit: int = TABLE_PAGE) -> dict[str, Any]:
        return self._thread.call(lambda: self._controls.state(offset, limit))

    def counts(self) -> dict[str, int]:
        return self._thread.call(lambda: report.counts(self._box.world))

    def transfers(self) -> list[dict[str, Any]]:
        return self._thread.call(self._controls.transfers)

    def transfer(self, transfer_id: str) -> dict[str, Any] | None:
        return self._thread.call(lambda: self._controls.transfer(transfer_id))

    def sink(self, name: str) -> list[dict[str, Any]]:
        return self._thread.call(lambda: self._controls.sink(name))

    def script_sink(self, name: str, *answers: Any, then: Any = 200) -> None:
        """What a sink answers, one each delivery: a status, or `{"status": 302, "location": …}` and the like."""
        given = {"answers": list(answers), "then": then}
        self._thread.call(lambda: self._controls.script_sink(name, given))

    def clear_sink(self, name: str) -> int:
        return self._thread.call(lambda: self._controls.clear_sink(name))

    def actions(self, session_id: str | None = None) -> list[dict[str, Any]]:
        """Assist actions, of one agent's session or of all, in the order in which they were first heard of."""
        return self._thread.call(lambda: self._controls.actions(session_id))

    def action(self, correlation_id: str) -> dict[str, Any] | None:
        return self._thread.call(lambda: self._controls.action(correlation_id))

    def plays(self, interaction_id: str | None = None) -> list[dict[str, Any]]:
        return self._thread.call(lambda: self._controls.plays(interaction_id))

    def injections(self, conversation_id: str | None = None) -> list[dict[str, Any]]:
        return self._thread.call(lambda: self._controls.injections(conversation_id))

    def webhooks(self) -> list[dict[str, Any]]:
        return self._thread.call(self._controls.webhooks)

    def remove_webhooks(self) -> int:
        return self._thread.call(self._controls.remove_webhooks)

    def add_fault(self, action: str, **fields: Any) -> str:
        """One fault; `fields` are its options, `times`, `after`, `probability` and what to match. Returns its id."""
        match = {name: fields.pop(name) for name in MATCHES if name in fields}
        return self.add_faults([{"action": action, "match": match, **fields}])[0]

    def add_faults(self, faults: Any) -> list[str]:
        return self._thread.call(lambda: self._controls.add_faults(faults))

    def faults(self) -> list[dict[str, Any]]:
        return self._thread.call(self._controls.faults)

    def remove_faults(self, fault_id: str | None = None) -> int:
        return self._thread.call(lambda: self._controls.remove_faults(fault_id))

    def set_interaction(self, interaction_id: str, **fields: Any) -> dict[str, Any]:
        return self._thread.call(lambda: self._controls.set_interaction(interaction_id, fields))

    def set_conversation(self, conversation_id: str, **fields: Any) -> dict[str, Any]:
        """`state`, and `participants` as `{"p1": {"consent": "false"}}`; without those anybody takes part."""
        return self._thread.call(lambda: self._controls.set_conversation(conversation_id, fields))

    def set_asset(self, path: str, content: bytes, content_type: str | None = None) -> None:
        """Serve `content` at `{cdn_url}/{path}`; `path` is `en/standard/welcome.wav`."""
        given = {"content_base64": b64encode(content).decode()}
        named = given if content_type is None else {**given, "content_type": content_type}
        language, tier, file = path.split("/")
        self._thread.call(lambda: self._controls.set_asset(language, tier, file, named))

    def remove_asset(self, path: str) -> int:
        language, tier, file = path.split("/")
        return self._thread.call(lambda: self._controls.remove_asset(language, tier, file))

    def change_settings(self, **fields: Any) -> dict[str, Any]:
        return self._thread.call(lambda: self._controls.change_settings(fields))

    def streams(self, conversation_id: str | None = None) -> list[dict[str, Any]]:
        """What the gRPC service heard and said, stream by stream, of one conversation or of all."""
        return self._thread.call(lambda: self._controls.streams(conversation_id))

    def lanes(self, conversation_id: str | None = None) -> list[dict[str, Any]]:
        """The same by participant of a conversation, over all its streams: what is missing, replayed, doubled."""
        return self._thread.call(lambda: self._controls.lanes(conversation_id))

    def clear_streams(self) -> int:
        return self._thread.call(self._controls.clear_streams)

    def set_transcripts(self, *scripts: Mapping[str, Any]) -> None:
        """What streams that begin from now on are answered with: the first script that fits, else chunk numbers."""
        self._thread.call(lambda: self._controls.set_transcripts(list(scripts)))

    def restart_transcription(self, **fields: Any) -> dict[str, float]:
        """GOAWAY; streams may go on for `grace_s`, connections are refused for `down_s`."""
        return self._thread.call(lambda: self._controls.restart_transcription(fields))

    def drop_sessions(self, **fields: Any) -> int:
        """End all sessions, `count`, or those of one `socket`: with `code` (1001), or with `abort=True` by a reset."""
        return self._thread.call(lambda: self._controls.drop_sessions(fields))

    def revoke_tokens(self, token: str | None = None) -> int:
        return self._thread.call(lambda: self._controls.revoke_tokens({} if token is None else {"token": token}))

    def push(self, **fields: Any) -> int:
        """`per_s`, `bytes` and `count` for every open session; how many those are."""
        return self._thread.call(lambda: self._controls.push(fields))

    def stop_push(self) -> int:
        return self._thread.call(self._controls.stop_push)

    def wait_for(self, predicate: Predicate, timeout_s: float = 10.0) -> None:
        """Block until `predicate` holds of the World; it runs on the box's thread, after every change.

        TimeoutError, with the counts, when that takes longer than `timeout_s`.
        """
        self._thread.wait_for(predicate, timeout_s)

    def _identify(self) -> ssl.SSLContext:
        if self._ca_file is None:
            self._ca_file = self._own_folder() / "ca.pem"
        identity = self._made_identity()
        identity.write_ca(self._ca_file)
        return identity.context

    def _made_identity(self) -> "Identity":
        from simulator.certificates import make_identity  # trustme loads slowly, and only TLS needs it

        if self._identity is None:
            self._identity = make_identity(self._tls_newest)
        return self._identity

    def _own_folder(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="simulator-")
        return Path(self._folder.name)

    def _write_files(self) -> None:
        wanted = self._transcription
        if wanted is None or wanted.security == PLAIN:
            return
        self._files = write_files(self._made_identity(), wanted.security, wanted.folder or self._own_folder())

    def _service(self) -> Service:
        from simulator.transcription.recogniser import Recogniser  # gRPC loads slowly, and only this needs it
        from simulator.transcription.service import TranscriptionService

        wanted = self._transcription
        assert wanted is not None
        context = None if wanted.security == PLAIN else server_context(self._made_identity(), wanted.security)
        engine = None
        if wanted.recogniser is not None:
            engine = Recogniser(wanted.vocabulary, wanted.workers, self._box.world.tally)
        return TranscriptionService(self._box, self._thread.host, wanted.port, context, engine)
