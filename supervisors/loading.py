"""Loading what stays until the end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """No collection looks at what is loaded meanwhile, then or later.

    The interpreter makes several as it ends: of a short command line they are a quarter of all the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
