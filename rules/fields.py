"""Objections to single fields that orders of several kinds have."""

from collections.abc import Iterator

from messages.orders import Order, Reason
from rules.catalogue import reason
from rules.ids import is_id


def id_objections(order: Order, **ids: str) -> Iterator[Reason]:
    """One for each of `ids`, by its field's name, that is none; then for the order's own, where it has one."""
    for field, value in ids.items():
        if not is_id(value):
            yield reason("SB-101", f"{field} {shown(value)} is empty or malformed")
    if order.request_id and not is_id(order.request_id):
        yield reason("SB-101", f"request_id {shown(order.request_id)} is malformed")


def shown(text: str) -> str:
    """`text` as a message may quote it: escaped, and not at any length."""
    return repr(text if len(text) <= 64 else text[:61] + "...")
