"""Whether calls' audio is taken, as gateway.status has it."""

from messages.gateway import Drain, Resume, ShowGateway
from messages.media_workers import ResumeMedia
from messages.supervision import Describe, Description
from tests.actors.steward_scene import Asked, Scene


def described(worker: Asked, state: str) -> Description:
    """What a worker's actor says of itself."""
    return Description(name=worker.name, kind="MediaWorkerActor", incarnation=1, facts={"state": state})


def test_calls_audio_is_starting_until_the_first_worker_takes_calls() -> None:
    scene = Scene(open_before=[], media=(Asked("media.1"), Asked("media.2")))
    assert scene.ask(ShowGateway())["audio"] == {"state": "starting", "workers": 2, "ready": 0}
    scene.hear("media.ready", worker="media.2")
    assert scene.ask(ShowGateway())["audio"] == {"state": "ready", "workers": 2, "ready": 1}
    scene.begin(Drain(timeout_s=5.0))
    assert scene.ask(ShowGateway())["audio"] == {"state": "draining", "workers": 2, "ready": 0}, "none takes calls"
    scene.process.now = "stopping"
    assert scene.ask(ShowGateway())["audio"] == {"state": "draining", "workers": 2, "ready": 0}


def test_calls_audio_is_not_ready_again_with_a_drain_that_is_taken_back_while_workers_let_their_calls_go() -> None:
    workers = (Asked("media.1"), Asked("media.2"))
    scene = Scene(open_before=[], media=workers)
    scene.hear("media.ready", worker="media.1")
    scene.hear("media.ready", worker="media.2")
    scene.begin(Drain(timeout_s=5.0))
    scene.ask(Resume())
    for worker in workers:
        kinds = [type(message) for message in worker.heard]
        assert kinds[-2:] == [ResumeMedia, Describe], "the answer is of after it"
        worker.replies[-1].set(described(worker, "draining"))
    scene.stage.run()
    assert scene.ask(ShowGateway())["audio"] == {"state": "draining", "workers": 2, "ready": 0}
    scene.hear("media.ready", worker="media.1")
    assert scene.ask(ShowGateway())["audio"]["state"] == "ready"


def test_without_the_audio_plane_there_is_no_word_of_it() -> None:
    assert Scene(open_before=[]).ask(ShowGateway())["audio"] is None
