"""What AssistActor has delivered to the CRM."""

from actors.assist_case import AssistCase
from actors.base import World
from messages.journal import Delivery
from rules.crm_callback import ExecutionState, crm_callback


class Crm:
    """Not an actor: mints deliveries in the order in which they are to arrive; none where there is no `url`."""

    def __init__(self, world: World, url: str | None) -> None:
        self._world, self._url = world, url

    def hears(self, case: AssistCase, state: ExecutionState) -> tuple[Delivery, ...]:
        """What it is told of `case` now."""
        if self._url is None:
            return ()
        webhook_id = self._world.new_id()
        return (crm_callback(case.order, case.effect_id, state, self._world.utc_now(), webhook_id, self._url),)
