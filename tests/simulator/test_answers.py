import asyncio

from simulator.answers import later


def test_without_a_delay_the_work_is_done_before_one_goes_on() -> None:
    done: list[int] = []
    later(0, done.append, 1)
    assert done == [1]


def test_with_delays_the_shorter_one_comes_first() -> None:
    async def run() -> list[str]:
        done: list[str] = []
        ended = asyncio.Event()
        later(0.05, ended.set)
        later(0.02, done.append, "long")
        later(0.01, done.append, "short")
        assert done == []
        await ended.wait()
        return done

    assert asyncio.run(run()) == ["short", "long"]
