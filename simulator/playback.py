"""Plays: accepted, then taken from state to state by a timer, each state told. Source: contracts 2, steps 4 and 5."""

import asyncio
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import web

from simulator.assets import asset_name
from simulator.box import Box
from simulator.faults import Fault
from simulator.http_faults import json_answer
from simulator.play_rules import PlayOrder, read_play
from simulator.records import PLAYED, Play, Step
from simulator.rest import refuse
from simulator.socket_faults import PREVENTING, answer_frames, strike
from simulator.subscriptions import EVENT

PLAY = ("media:playback:write",)
PLAYABLE = frozenset({"active", "queued"})
NEXT = {"queued": "buffering", "buffering": "playing", "playing": "completed"}


class PlayDoor:
    """POST /api/v2/media/play. What is accepted twice is played twice: nothing in the contract makes it one."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._stage = Stage(box)

    def play(self, request: web.Request, body: Any) -> web.Response:
        order = read_play(body)
        interaction = self._box.world.interaction(order.interaction_id)
        if interaction is None:
            return refuse(404, f"there is no interaction {order.interaction_id}")
        if interaction.state not in PLAYABLE:
            return refuse(409, f"the interaction {interaction.id} is {interaction.state}")
        self._stage.begin(order, missing=_is_missing(self._box, request, order.url))
        return json_answer({}, self._box.world.settings.play_status)


class Stage:
    """Where plays go through their states, many at once; a fault may strike each state as it is entered."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world

    def begin(self, order: PlayOrder, *, missing: bool) -> None:
        """Queue a play. `missing`: there is nothing under its URL, so that it will end in an error."""
        began = Step("queued", self._box.now_s())
        play = Play(str(uuid4()), order.interaction_id, order.url, order.volume, [began])
        self._world.archive.plays.setdefault(play.interaction_id, []).append(play)
        self._world.tally("plays.accepted")
        self._await_next(play, missing)

    def _await_next(self, play: Play, missing: bool) -> None:
        after_s = getattr(self._world.settings, f"playback_{NEXT[play.state]}_ms") / 1000
        asyncio.get_running_loop().call_later(after_s, self._advance, play, missing)

    def _advance(self, play: Play, missing: bool) -> None:
        failed = missing and play.state == "buffering"
        state, error = ("error", f"404: nothing at {play.url}") if failed else (NEXT[play.state], None)
        fault = self._fault(play, state)
        match fault:
            case Fault(action="stall"):
                self._world.tally("plays.stalled")
                return
            case Fault(action="playback_error"):
                state, error = "error", fault.options.get("error", "simulated playback error")
            case _:
                pass
        self._enter(play, state, error, fault)
        if state in NEXT:
            self._await_next(play, missing)

    def _enter(self, play: Play, state: str, error: str | None, fault: Fault | None) -> None:
        step = Step(state, self._box.now_s())
        play.steps.append(step)
        play.error = error
        if state in PLAYED:
            self._world.tally(f"plays.{state}")
        event = self._event(play)
        if fault is not None and fault.latency_s > 0:
            asyncio.get_running_loop().call_later(fault.latency_s, self._tell, play, step, event, fault)
        else:
            self._tell(play, step, event, fault)

    def _tell(self, play: Play, step: Step, event: dict[str, str], fault: Fault | None) -> None:
        for session in self._box.subscriptions.of(play.interaction_id):
            if fault is not None and fault.action in PREVENTING:
                strike(session, fault)
                continue
            written = [session.write(frame) for frame in answer_frames(event, fault, "interactionId")]
            step.told += any(written)
            self._world.count["events.sent"] += sum(written)
        self._world.tally("events.lost", 0 if step.told else 1)

    def _event(self, play: Play) -> dict[str, str]:
        named = {"interactionId": play.interaction_id} if self._world.settings.events_name_interaction else {}
        failed = {"error": play.error} if play.error is not None else {}
        return {"type": EVENT, "state": play.state, "url": play.url, **failed, **named}

    def _fault(self, play: Play, state: str) -> Fault | None:
        occasion = {"route": "playback", "socket": "events", "interaction_id": play.interaction_id, "state": state}
        fault = self._box.plan.choose(occasion)
        if fault is not None:
            self._world.tally(f"faults.{fault.action}")
        return fault


def _is_missing(box: Box, request: web.Request, url: str) -> bool:
    """Whether `url` is of the box's own CDN, which has no such file; other places are not asked."""
    parts = urlsplit(url)
    match parts.path.split("/"):
        case ["", "cdn", language, tier, file] if parts.netloc == request.host:
            return asset_name(language, tier, file) not in box.assets
        case _:
            return False
