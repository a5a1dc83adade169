"""`python -m simulator.calls`: calls with spoken audio to a media server, and what became of them."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Any

import orjson

from simulator.calls.exchange import Campaign, Exchange
from simulator.calls.failures import is_told_by_its_call
from simulator.calls.options import campaign, parser
from simulator.calls.report import lines, rows, summary
from simulator.forms import BadInput

OK, FAILED, BAD_CONFIGURATION = 0, 1, 78


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        return asyncio.run(_call(campaign(options), options.json))
    except BadInput as bad:
        sys.stderr.write("".join(f"simulator.calls: {problem}\n" for problem in bad.problems))
        return BAD_CONFIGURATION


async def _call(asked: Campaign, as_json: bool) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_complain)
    exchange = Exchange(asked)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, exchange.hang_up)
    began_s = loop.time()
    await exchange.run()
    told = summary(exchange.report, exchange.wheel.late_ms, loop.time() - began_s)
    if as_json:
        sys.stdout.write(orjson.dumps({**told, "each": rows(exchange.report)}).decode() + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines(told)))
    return FAILED if exchange.report.failed else OK


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not is_told_by_its_call(context):
        loop.default_exception_handler(context)


if __name__ == "__main__":
    sys.exit(main())
