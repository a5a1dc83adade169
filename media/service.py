"""The way to the transcription service that all calls of a worker share, made of the worker's plan."""

from collections.abc import Callable
from random import random

from media.call import Facts
from media.listening import CannotListen
from media.transcription.service import Service, transport_maker
from media.transcription.timers import LoopTimers
from media.transcription.uplink import Uplink
from media.uplinks import UplinkListener
from media.voices import encoder_of
from messages.media import ServicePlan


def service_of(plan: ServicePlan) -> Service:
    """The service at its addresses, on the running loop; CannotListen where the plan will not do."""
    try:
        service = Service(plan, transport_maker(plan), LoopTimers())
    except OSError as error:  # ssl.SSLError is one
        files = ", ".join(name for name in (plan.ca_file, plan.cert_file, plan.key_file) if name)
        raise CannotListen(
            f"the transcription service's certificates ({files}) cannot be used: {error.strerror or error}"
        ) from error
    except ValueError as wrong:
        raise CannotListen(str(wrong)) from wrong
    service.start()
    return service


def uplinks_of(service: Service, plan: ServicePlan) -> Callable[[Facts, UplinkListener], Uplink]:
    """What makes a new stream's uplink."""
    timers = LoopTimers()

    def uplink(facts: Facts, listener: UplinkListener) -> Uplink:
        return Uplink(
            encoder=encoder_of(facts),
            services=service,
            listener=listener,
            plan=plan,
            timers=timers,
            chance=random,
        )

    return uplink
