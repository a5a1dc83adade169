"""The table of routes described for machines."""

from control.openrpc import describe
from control.routes import ROUTES
from tests.control.house import Client

DOCUMENT = describe(ROUTES.values(), "9.9.9")


def method(name: str) -> dict[str, object]:
    (found,) = (entry for entry in DOCUMENT["methods"] if entry["name"] == name)
    described: dict[str, object] = found
    return described


def test_describes_every_method_with_its_role() -> None:
    assert {entry["name"]: entry["x-role"] for entry in DOCUMENT["methods"]} == {
        name: route.role for name, route in ROUTES.items()
    }


def test_says_which_parameters_an_order_needs() -> None:
    params = method("transfer.start")["params"]
    assert isinstance(params, list)
    assert {entry["name"] for entry in params if entry["required"]} == {"interaction_id", "destination_uri"}


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    referred = {ref.rsplit("/", 1)[1] for ref in _refs(DOCUMENT)}
    assert {"Outcome", "Reason", "MediaMatrix"} <= referred <= set(schemas)


def test_the_door_tells_it(client: Client) -> None:
    assert client.call("rpc.discover") == DOCUMENT


def _refs(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in _refs(inner)]
    return [ref for inner in value for ref in _refs(inner)] if isinstance(value, list) else []
