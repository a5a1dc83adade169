"""The tree as data: whole, in an order that holds, and every actor it names can be made."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

import pytest

from actors.base import GatewayActor, Seat
from clients.media_address import MediaClaim
from control.route import Ask, AskAll, Give
from control.routes import ROUTES
from messages.gateway import Nameplate
from messages.orders import Kind
from storage.store import Store
from supervisors.configuration.load import configure
from supervisors.launch import ORDERS, forms
from supervisors.lifecycle import Lifecycle
from supervisors.logs import Levels
from supervisors.parts import Parts, addresses, assemble
from supervisors.places import places
from supervisors.specs import REST_FOR_ONE, ChildSpec, Spec, SupervisorSpec, names_in
from supervisors.tree import WORKERS, tree
from tests.kit import Probe

WAITED_FOR = [  # who may wait for whom: a crash of the second starts the first anew
    ("audit", "clock"),
    ("rest", "token"),
    ("session.transfer", "token"),
    ("session.transfer", "streams"),
    ("transfer", "audit"),
    ("transfer", "rest"),
    ("transfer", "session.transfer"),
    ("playback", "audit"),
    ("playback", "rest"),
    ("playback", "sessions"),
    ("barge", "audit"),
    ("barge", "rest"),
    ("barge", "audio.1"),
    ("gateway", "archive"),
    ("gateway", "session.assist"),
    ("control", "transfer"),
    ("media.1", "transcription"),
    ("media.1", "rest"),
    ("gateway", "media.2"),
]


@pytest.fixture
def claim() -> Iterator[MediaClaim]:
    claim = MediaClaim("127.0.0.1", 0, keyless=True)
    yield claim
    claim.release()


@pytest.fixture
def parts(tmp_path: Path, claim: MediaClaim) -> Iterator[Parts]:
    configured = configure(
        {
            "SWITCHBOARD_DATA_DIR": str(tmp_path),
            "GENESYS_CLIENT_ID": "id",
            "GENESYS_CLIENT_SECRET": "secret",
            "GENESYS_ORG_REGION": "eu-west-1",
            "SWITCHBOARD_AUDIO__INSPECTORS": "3",
            "SWITCHBOARD_REST__WORKERS": "2",
            "SWITCHBOARD_MEDIA__WORKERS": "2",
            "SWITCHBOARD_MEDIA__INTROSPECT": "on",
            "TRANSCRIPTION_GRPC_ADDR": "127.0.0.1:50051",
        }
    )
    store = Store(tmp_path, forms(), None)
    made = assemble(
        settings=configured.settings,
        places=places(configured.settings),
        store=store,
        process=Lifecycle(configured, lambda: configured, Levels("INFO")),
        nameplate=cast(Nameplate, None),
        make_door=lambda _on_death: pytest.fail("no door is made before its actor starts"),
        make_http=lambda _on_death: pytest.fail("no door is made before its actor starts"),
        shared=addresses(),
        media=claim,
    )
    yield made
    if made.meter is not None:
        made.meter.close()
    store.close()


@pytest.fixture
def root(parts: Parts) -> SupervisorSpec:
    return tree(parts)


def leaves(spec: Spec) -> Iterator[ChildSpec]:
    if isinstance(spec, ChildSpec):
        yield spec
    else:
        for child in spec.children:
            yield from leaves(child)


def below(root: SupervisorSpec, name: str) -> list[str]:
    """The names of the children of one supervisor."""
    (found,) = [spec for spec in root.children if spec.name == name]
    assert isinstance(found, SupervisorSpec)
    return [child.name for child in found.children]


def test_names_are_unique(root: SupervisorSpec) -> None:
    names = list(names_in(root))
    assert len(set(names)) == len(names)


def test_every_kind_of_order_has_its_actor_and_its_route(root: SupervisorSpec) -> None:
    kinds = [order.kind for order in ORDERS]
    assert list(WORKERS) == kinds == list(get_args(Kind))
    assert set(WORKERS) <= set(below(root, "work"))
    given = {route.actor: route.params for route in ROUTES.values() if isinstance(route, Give)}
    assert given == dict(zip(kinds, ORDERS, strict=True))


def test_whoever_a_question_goes_to_is_there(root: SupervisorSpec) -> None:
    names = set(names_in(root))
    fixed = {"gateway", "root", "token", "rest", "archive", "prompts"}
    assert fixed <= names
    asked = {route.method for route in ROUTES.values() if isinstance(route, Ask)}
    assert "prompts.check" in asked
    (sessions,) = [route for route in ROUTES.values() if isinstance(route, AskAll)]
    assert {name for name in names if name.startswith(sessions.prefix)} == {"session.transfer", "session.assist"}


@pytest.mark.parametrize(("who", "whom"), WAITED_FOR)
def test_whoever_waits_for_another_comes_after_it(root: SupervisorSpec, who: str, whom: str) -> None:
    assert root.strategy is REST_FOR_ONE
    names = list(names_in(root))
    assert names.index(who) > names.index(whom)


def test_settings_say_how_many_there_are(root: SupervisorSpec) -> None:
    assert below(root, "rest.pool") == ["rest", "rest.1", "rest.2"]
    assert below(root, "audio") == ["audio.1", "audio.2", "audio.3", "prompts"]


def test_sessions_are_counted_one_by_one_lest_a_network_blip_ends_them_all(root: SupervisorSpec) -> None:
    (sessions,) = [spec for spec in root.children if spec.name == "sessions"]
    assert isinstance(sessions, SupervisorSpec)
    assert sessions.per_child is not None


def test_every_actor_can_be_made_without_being_started(parts: Parts, root: SupervisorSpec) -> None:
    def seat(spec: ChildSpec) -> Seat:
        address = parts.directory.address(spec.name, spec.capacity)
        return Seat(
            address=address,
            incarnation=1,
            superior=Probe("superior"),
            world=parts.world,
            timers=parts.timers,
            office=parts.dead_letters,
        )

    made = {spec.name: spec.start(seat(spec)) for spec in leaves(root)}
    assert all(isinstance(actor, GatewayActor) for actor in made.values())
    assert {name: getattr(made[name], "kind", name) for name in WORKERS} == {name: name for name in WORKERS}


def test_the_tree_has_time_to_stop_one_after_the_other(root: SupervisorSpec) -> None:
    assert root.shutdown_s >= sum(spec.shutdown_s for spec in leaves(root))


def test_audio_workers_are_counted_one_by_one_and_only_where_there_is_a_service(parts: Parts) -> None:
    (media,) = [spec for spec in tree(parts).children if spec.name == "media"]
    assert isinstance(media, SupervisorSpec)
    assert media.per_child is not None
    assert below(tree(parts), "media") == ["media.1", "media.2"]
    without = tree(replace(parts, media=None))
    assert not [name for name in names_in(without) if name.startswith("media")]
    assert "transcription" in below(without, "work")


def test_there_is_one_audio_worker_for_each_core_unless_it_is_set(parts: Parts) -> None:
    unset = parts.settings.media.model_copy(update={"workers": 0})
    many = replace(parts, settings=parts.settings.model_copy(update={"media": unset}))
    assert len(below(tree(many), "media")) == len(parts.cores.allowed)


def test_the_gateway_keeps_to_one_core_unless_that_is_left_to_the_system(parts: Parts, root: SupervisorSpec) -> None:
    left = replace(parts, settings=parts.settings.model_copy(update={"one_core": "off"}))
    assert set(names_in(root)) - set(names_in(tree(left))) == {"cores"}
