"""The frames of an event socket: subscribed, acknowledged or refused. Source: contracts 2, step 5; 7, decision 7."""

from typing import Any

from simulator.answers import later, say
from simulator.box import Box
from simulator.faults import Fault
from simulator.forms import BadInput
from simulator.sessions import Session
from simulator.socket_faults import PREVENTING, strike
from simulator.subscriptions import EVENT, read_subscription


class EventDesk:
    """Takes the text frames of every event socket. What the contract leaves open is in docs/simulator.md."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world

    def take(self, session: Session, raw: bytes) -> None:
        """Handle one text frame, whatever it holds."""
        self._world.tally("frames.text")
        try:
            interaction_id = read_subscription(raw)
        except BadInput as bad:
            self._world.tally("frames.invalid")
            self._refuse(session, "invalid", errors=bad.problems)
            return
        fault = self._box.plan.choose({"route": "subscribe", "socket": "events", "interaction_id": interaction_id})
        if fault is not None:
            self._world.tally(f"faults.{fault.action}")
        delay_s = fault.latency_s if fault is not None else 0.0
        later(delay_s, self._subscribe, session, interaction_id, fault)

    def _subscribe(self, session: Session, interaction_id: str, fault: Fault | None) -> None:
        if fault is not None and fault.action in PREVENTING:
            strike(session, fault)
        elif fault is not None and fault.action == "reject":
            self._refuse(session, fault.options.get("status", "subscription_failed"))
        elif self._world.interaction(interaction_id) is None:
            self._refuse(session, "interaction_not_found")
        elif session.open:
            self._box.subscriptions.add(session, interaction_id)
            if fault is None or fault.action != "mute_answers":
                self._acknowledge(session, interaction_id)

    def _acknowledge(self, session: Session, interaction_id: str) -> None:
        settings = self._world.settings
        if settings.subscribe_ack:
            told = {"type": "subscribed", "eventTypes": [EVENT], "filters": {"interactionId": interaction_id}}
            later(settings.subscribe_ack_latency_ms / 1000, say, session, told)

    def _refuse(self, session: Session, status: str, **more: Any) -> None:
        say(session, {"type": "error", "action": "subscribe", "status": status, **more})
