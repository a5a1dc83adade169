import asyncio
from dataclasses import dataclass, field

import pytest

from media.bulkhead import Bulkhead, each, in_words
from tests.media.polled_calls import on_a_loop


@dataclass
class Call:
    sound: bool = True
    done: int = 0
    faults: list[Exception] = field(default_factory=list)

    def work(self) -> None:
        self.done += 1
        if not self.sound:
            raise KeyError("a secret")

    def failed(self, fault: Exception) -> None:
        self.faults.append(fault)


@on_a_loop
async def test_whom_a_fault_befalls_hears_of_it_later_and_the_others_have_their_turn() -> None:
    calls = [Call(), Call(sound=False), Call()]
    each(calls, Call.work)
    assert [call.done for call in calls] == [1, 1, 1]
    assert [call.faults for call in calls] == [[], [], []]
    await asyncio.sleep(0)
    assert [len(call.faults) for call in calls] == [0, 1, 0]


@on_a_loop
async def test_what_ends_a_process_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt), Bulkhead(Call().failed):
        raise KeyboardInterrupt


def test_the_record_has_a_fault_s_kind_and_nothing_of_what_it_says() -> None:
    words = in_words(KeyError("a secret"))
    assert "KeyError" in words
    assert "secret" not in words
