"""Whether calls' audio is taken, as gateway.status has it."""

from messages.gateway import Drain, ShowGateway
from tests.actors.steward_scene import Asked, Scene


def test_calls_audio_is_starting_until_the_first_worker_takes_calls() -> None:
    scene = Scene(open_before=[], media=(Asked("media.1"), Asked("media.2")))
    assert scene.ask(ShowGateway())["audio"] == {"state": "starting", "workers": 2, "ready": 0}
    scene.hear("media.ready", worker="media.2")
    assert scene.ask(ShowGateway())["audio"] == {"state": "ready", "workers": 2, "ready": 1}
    scene.begin(Drain(timeout_s=5.0))
    assert scene.ask(ShowGateway())["audio"]["state"] == "draining"


def test_without_the_audio_plane_there_is_no_word_of_it() -> None:
    assert Scene(open_before=[]).ask(ShowGateway())["audio"] is None
