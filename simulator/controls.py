"""Everything that can be asked of the box from outside: the admin door and `Simulator` are two faces of this."""

from dataclasses import asdict
from typing import Any

from simulator import access, report
from simulator.assets import asset_name
from simulator.box import Box
from simulator.faults import read_faults
from simulator.forms import BadInput
from simulator.orders import (
    read_asset,
    read_conversation,
    read_drop,
    read_interaction,
    read_push,
    read_restart,
    read_revoke,
    read_script,
    read_settings,
)
from simulator.state import TABLE_PAGE
from simulator.transcription.book import lane_row, stream_row
from simulator.transcription.script import read_scripts, script_row


class Controls:
    """Runs on the loop's thread; BadInput says what is wrong with what was given."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def state(self, offset: int = 0, limit: int = TABLE_PAGE) -> dict[str, Any]:
        shown = report.state(self._box.world, offset, limit)
        return shown | {"faults": self._box.plan.listing(), "pushing": self._box.pusher.active}

    def transfers(self) -> list[dict[str, Any]]:
        return report.transfers(self._box.world)

    def transfer(self, transfer_id: str) -> dict[str, Any] | None:
        return report.transfer(self._box.world, transfer_id)

    def sink(self, name: str) -> list[dict[str, Any]]:
        return report.sink(self._box.world, name)

    def script_sink(self, name: str, given: Any) -> dict[str, Any]:
        """What one sink answers from now on, in place of what it was told before."""
        made = self._box.world.scripts[name] = read_script(given)
        self._box.world.tally("admin.sinks_scripted")
        return {"answers": list(made.answers), "then": made.then}

    def clear_sink(self, name: str) -> int:
        """Forget what one sink was sent, not what it answers; how many deliveries that were."""
        removed = len(self._box.world.deliveries.pop(name, []))
        self._box.world.tally("admin.sinks_cleared")
        return removed

    def assist(self, offset: int = 0, limit: int = TABLE_PAGE) -> dict[str, Any]:
        return report.assist(self._box.world, offset, limit)

    def actions(self, session_id: str | None = None) -> list[dict[str, Any]]:
        return report.actions(self._box.world, session_id)

    def action(self, correlation_id: str) -> dict[str, Any] | None:
        return report.action(self._box.world, correlation_id)

    def plays(self, interaction_id: str | None = None) -> list[dict[str, Any]]:
        return report.plays(self._box.world, interaction_id)

    def injections(self, conversation_id: str | None = None) -> list[dict[str, Any]]:
        return report.injections(self._box.world, conversation_id)

    def webhooks(self) -> list[dict[str, Any]]:
        return list(self._box.world.archive.webhooks)

    def remove_webhooks(self) -> int:
        """As if somebody had deleted them over there; how many there were."""
        webhooks = self._box.world.archive.webhooks
        removed = len(webhooks)
        webhooks.clear()
        self._box.world.tally("admin.webhooks_removed", removed)
        return removed

    def add_faults(self, given: Any) -> list[str]:
        """The ids of the faults, in the order given; none is added unless all are well-formed."""
        ids = self._box.plan.add(read_faults(given))
        self._box.world.tally("admin.faults_added", len(ids))
        return ids

    def faults(self) -> list[dict[str, Any]]:
        return self._box.plan.listing()

    def remove_faults(self, fault_id: str | None = None) -> int:
        removed = self._box.plan.remove(fault_id)
        self._box.world.tally("admin.faults_removed", removed)
        return removed

    def set_interaction(self, interaction_id: str, given: Any) -> dict[str, Any]:
        made = read_interaction(interaction_id, given)
        self._box.world.interactions[interaction_id] = made
        self._box.world.tally("admin.interactions_set")
        return {"id": made.id, "state": made.state, "participants": made.participants}

    def set_conversation(self, conversation_id: str, given: Any) -> dict[str, Any]:
        made = read_conversation(conversation_id, given, self._box.world.settings)
        self._box.world.conversations[conversation_id] = made
        self._box.world.tally("admin.conversations_set")
        return asdict(made)

    def set_asset(self, language: str, tier: str, file: str, given: Any) -> dict[str, Any]:
        """Put a file on the CDN, in place of another or beside those that are shipped."""
        name = asset_name(language, tier, file)
        made = self._box.assets[name] = read_asset(name, given)
        self._box.world.tally("admin.assets_set")
        return {"size_bytes": len(made.content), "content_type": made.content_type, "etag": made.etag}

    def remove_asset(self, language: str, tier: str, file: str) -> int:
        removed = 1 if self._box.assets.pop(asset_name(language, tier, file), None) else 0
        self._box.world.tally("admin.assets_removed", removed)
        return removed

    def change_settings(self, given: Any) -> dict[str, Any]:
        self._box.world.settings = read_settings(given, self._box.world.settings)
        self._box.world.tally("admin.settings_changed")
        if self._box.transcription is not None:
            self._box.transcription.settings_changed()
        settings: dict[str, Any] = report.state(self._box.world, limit=0)["settings"]
        return settings

    def streams(self, conversation_id: str | None = None) -> list[dict[str, Any]]:
        """What the transcription service heard and said, stream by stream, of one conversation or of all."""
        book = self._box.world.streams
        return [stream_row(each) for each in book.streams.values() if conversation_id in (None, each.conversation_id)]

    def lanes(self, conversation_id: str | None = None) -> list[dict[str, Any]]:
        """The same by participant of a conversation, over all its streams: what was lost, replayed or doubled."""
        book = self._box.world.streams
        return [lane_row(each) for each in book.lanes.values() if conversation_id in (None, each.conversation_id)]

    def clear_streams(self) -> int:
        """Forget the streams that have ended; how many those were."""
        cleared = self._box.world.streams.clear()
        self._box.world.tally("admin.streams_cleared", cleared)
        return cleared

    def transcripts(self) -> list[dict[str, Any]]:
        return [script_row(script) for script in self._box.world.transcripts]

    def set_transcripts(self, given: Any) -> list[dict[str, Any]]:
        """What streams that begin from now on are answered with, in place of what was said before."""
        self._box.world.transcripts = read_scripts(given)
        self._box.world.tally("admin.transcripts_set")
        return self.transcripts()

    def restart_transcription(self, given: Any) -> dict[str, float]:
        grace_s, down_s = read_restart(given)
        if self._box.transcription is None:
            raise BadInput(["this box has no transcription service; start it with --transcription plain"])
        self._box.transcription.restart(grace_s, down_s)
        return {"grace_s": grace_s, "down_s": down_s}

    def drop_sessions(self, given: Any) -> int:
        """How many sessions were told to go, the oldest first."""
        drop = read_drop(given)
        open_now = [session for session in self._box.sessions.values() if drop.socket in (None, session.socket)]
        chosen = open_now[: drop.count]
        for session in chosen:
            if drop.code is None:
                session.abort()
            else:
                session.close(drop.code, "dropped")
        self._box.world.tally("admin.sessions_dropped", len(chosen))
        return len(chosen)

    def revoke_tokens(self, given: Any) -> int:
        return access.revoke(self._box, read_revoke(given))

    def push(self, given: Any) -> int:
        """How many sessions are pushed to from now on: all that are open."""
        rate = read_push(given)
        sessions = list(self._box.sessions.values())
        self._box.pusher.start(sessions, rate)
        return len(sessions)

    def stop_push(self) -> int:
        return self._box.pusher.stop()
