"""Exit codes as DESIGN section 5 has them."""

import pytest

from control.cli import exits


@pytest.mark.parametrize(
    ("code", "ends_with"),
    [(-32700, 2), (-32600, 2), (-32601, 2), (-32602, 2), (-32603, 69), (-32001, 77), (-32002, 75), (-32003, 75)],
)
def test_each_error_has_its_exit_code(code: int, ends_with: int) -> None:
    assert exits.of_error(code) == ends_with


@pytest.mark.parametrize(
    ("status", "ends_with"),
    [("succeeded", 0), ("failed", 1), ("refused", 1), ("interrupted", 1), ("accepted", 124), (None, 1)],
)
def test_each_end_of_an_order_has_its_exit_code(status: str | None, ends_with: int) -> None:
    assert exits.of_outcome({"status": status}) == ends_with


@pytest.mark.parametrize(
    ("status", "ends_with"),
    [
        ({"state": "running", "degraded": []}, 0),
        ({"state": "running", "degraded": ["a session is lost"]}, 3),
        ({"state": "starting", "degraded": []}, 3),
        ({"state": "stopping"}, 3),
        ({}, 3),
    ],
)
def test_only_a_healthy_gateway_is_ok(status: dict[str, object], ends_with: int) -> None:
    assert exits.of_status(status) == ends_with
