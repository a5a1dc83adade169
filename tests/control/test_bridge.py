"""From any thread into the loop."""

import asyncio
import threading
from functools import partial

from control.bridge import Bridge


def test_what_many_threads_post_is_all_run_each_threads_in_order() -> None:
    async def scene() -> list[tuple[int, int]]:
        loop = asyncio.get_running_loop()
        bridge, heard, done = Bridge(loop), list[tuple[int, int]](), asyncio.Event()

        def hear(thread: int, number: int) -> None:
            heard.append((thread, number))
            if len(heard) == 4000:
                done.set()

        def post(thread: int) -> None:
            for number in range(1000):
                bridge.post(partial(hear, thread, number))

        threads = [threading.Thread(target=post, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        await asyncio.wait_for(done.wait(), 20)
        for thread in threads:
            thread.join()
        return heard

    heard = asyncio.run(scene())
    for thread in range(4):
        assert [number for who, number in heard if who == thread] == list(range(1000))


def test_what_is_posted_after_the_end_is_let_go() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    Bridge(loop).post(lambda: None)
