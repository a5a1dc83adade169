"""Streams whose language Genesys declares: asked for once a conversation, told to the workers, and never in a hurry."""

from typing import Any

import orjson
import pytest

from actors.declared_languages import ANSWER_S, FAILED_S, KNOWN_S, MOST_OPEN, MOST_WAITING, SPARE_S
from actors.transcription import LOOK_UP_S
from messages.media import AudioStreamLanguage, DeclareLanguage, TellStreams
from messages.rest import Call, CallAnswered, HttpResponse
from messages.transcription import ShowStream
from rules.declared_language import Declarations
from tests.actors.live_streams import Scene, closed, opened

BOTH = Declarations(attribute="language", queues={"q-1": "pt"})


class Asking(Scene):
    """The same, with the REST desk's answers by hand."""

    def __init__(self, looked_for: Declarations = BOTH, **fields: Any) -> None:
        super().__init__(looked_for=looked_for, **fields)

    def open(self, stream_id: str = "s1", worker: int = 0, **fields: Any) -> None:
        self.hear(opened(stream_id, **fields), worker=worker)

    def calls(self) -> list[Call]:
        """What is asked of Genesys once the time for it has come."""
        self.stage.advance(LOOK_UP_S)
        return self.desk.take_all(Call)

    def call(self) -> Call:
        (call,) = self.calls()
        return call

    def answer(self, call: Call, *participants: dict[str, Any], status: int = 200) -> None:
        response = HttpResponse(status=status, headers={}, body=orjson.dumps({"participants": participants}))
        self.tell(CallAnswered(call_id=call.call_id, response=response))

    def declared(self, worker: int = 0) -> list[tuple[str, str, str]]:
        told = self.workers[worker].take_all(DeclareLanguage)
        return [(one.stream_id, one.language, one.source) for one in told]

    def noted(self, stream_id: str = "s1") -> list[dict[str, Any]]:
        line = self.ask(ShowStream(stream_id=stream_id))["timeline"]
        return [entry for entry in line if entry["what"] == "language.look_up"]


def speaks(language: str, participant_id: str = "p1", **fields: str) -> dict[str, Any]:
    return {"id": participant_id, "attributes": {"language": language}, **fields}


# --- what is asked, and what becomes of the answer -------------------------------------------------------------


def test_the_attribute_of_the_streams_participant_is_told_to_its_worker() -> None:
    scene = Asking()
    scene.open(worker=1)
    call = scene.call()
    assert (call.request.method, call.request.url) == ("GET", "https://api.test/api/v2/interactions/c1")
    assert (call.priority, call.deadline_s) == ("spare", LOOK_UP_S + ANSWER_S)
    scene.answer(call, speaks("en", "p0"), speaks("es-mx"))
    assert (scene.declared(0), scene.declared(1)) == ([], [("s1", "es-MX", "attribute")])


def test_a_queue_counts_where_no_attribute_does() -> None:
    scene = Asking()
    scene.open()
    scene.answer(scene.call(), speaks("none of it"), {"id": "agent", "queueId": "Q-1"})
    assert scene.declared() == [("s1", "pt", "queue")]


def test_where_nothing_is_declared_the_time_line_says_so() -> None:
    scene = Asking()
    scene.open()
    scene.answer(scene.call(), {"id": "p1"})
    assert scene.declared() == []
    assert [entry["found"] for entry in scene.noted()] == ["neither an attribute nor a queue names a language"]


def test_a_conversation_is_asked_for_once_however_many_streams_it_has() -> None:
    scene = Asking()
    scene.open("s1", channel="external")
    scene.open("s2", channel="internal", participant_id="agent")
    call = scene.call()
    scene.open("s3", worker=1)
    assert scene.calls() == []
    scene.answer(call, speaks("es"), speaks("fr", "agent"))
    assert scene.declared() == [("s1", "es", "attribute"), ("s2", "fr", "attribute")]
    assert scene.declared(1) == [("s3", "es", "attribute")]
    scene.open("s4")
    assert scene.calls() == []
    assert scene.declared() == [("s4", "es", "attribute")]


def test_an_answer_is_asked_for_anew_once_it_is_old() -> None:
    scene = Asking()
    scene.open("s1")
    scene.answer(scene.call(), speaks("es"))
    scene.stage.advance(KNOWN_S)
    scene.open("s2")
    scene.answer(scene.call(), speaks("fr"))
    assert [language for _stream, language, _source in scene.declared()] == ["es", "fr"]


# --- what is not asked -----------------------------------------------------------------------------------------


def test_nothing_is_asked_where_nothing_is_looked_for() -> None:
    scene = Asking(looked_for=Declarations())
    scene.open()
    assert scene.calls() == []


def test_a_call_that_declares_its_language_is_not_asked_for() -> None:
    scene = Asking()
    scene.open("s1", language="de", language_source="call")
    scene.hear(
        opened("s2"), AudioStreamLanguage(stream_id="s2", language="de", confidence=0.9, source="call", evidence="")
    )
    assert scene.calls() == []


def test_nor_is_one_that_has_ended_in_the_meantime() -> None:
    scene = Asking()
    scene.hear(opened(), closed())
    assert scene.calls() == []


def test_an_answer_for_a_stream_that_has_ended_or_declared_itself_is_told_to_nobody() -> None:
    scene = Asking()
    scene.open("s1")
    scene.open("s2")
    call = scene.call()
    scene.hear(
        closed("s1"), AudioStreamLanguage(stream_id="s2", language="de", confidence=0.9, source="call", evidence="")
    )
    scene.answer(call, speaks("es"))
    assert scene.declared() == []


@pytest.mark.parametrize("conversation_id", ["", "..", "a/b", "a b", "x" * 129, "c1?expand=all"])
def test_an_id_that_may_not_be_in_a_url_is_refused(conversation_id: str) -> None:
    scene = Asking()
    scene.open(conversation_id=conversation_id)
    assert scene.calls() == []
    assert [entry["failed"] for entry in scene.noted()] == ["the id of its conversation may not be in a URL"]


# --- what goes wrong -------------------------------------------------------------------------------------------


def test_a_failed_look_up_is_a_line_in_the_time_line_and_not_repeated_for_a_while() -> None:
    scene = Asking()
    scene.open("s1")
    scene.answer(scene.call(), status=503)
    (entry,) = scene.noted()
    assert "503" in entry["failed"]
    scene.open("s2")
    assert scene.calls() == []
    assert scene.noted("s2")[0]["failed"] == entry["failed"]
    scene.stage.advance(FAILED_S)
    scene.open("s3")
    scene.answer(scene.call(), speaks("es"))
    assert scene.declared() == [("s3", "es", "attribute")]


def test_one_without_an_answer_says_why() -> None:
    scene = Asking()
    scene.open()
    why = "its deadline passed while it waited for the rate budget"
    scene.tell(CallAnswered(call_id=scene.call().call_id, response=None, failure="deadline", detail=why))
    assert why in scene.noted()[0]["failed"]


def test_a_few_are_asked_for_at_once_and_the_others_wait_for_them() -> None:
    scene = Asking(most_live=100)
    for number in range(MOST_OPEN + 2):
        scene.open(f"s{number}", conversation_id=f"c{number}")
    first = scene.calls()
    assert len(first) == MOST_OPEN
    assert scene.calls() == []
    scene.answer(first[0], speaks("es"))
    (next_one,) = scene.calls()
    assert next_one.request.url.endswith(f"/c{MOST_OPEN}")


def test_a_desk_that_never_answers_holds_nobody_up_for_good() -> None:
    scene = Asking(most_live=100)
    for number in range(MOST_OPEN + 1):
        scene.open(f"s{number}", conversation_id=f"c{number}")
    assert len(scene.calls()) == MOST_OPEN
    scene.stage.advance(ANSWER_S + SPARE_S)
    assert len(scene.desk.take_all(Call)) == 1


def test_too_many_that_wait_are_told_so() -> None:
    scene = Asking(most_live=MOST_WAITING + 1)
    scene.hear(*(opened(f"s{number}", conversation_id=f"c{number}") for number in range(MOST_WAITING + 1)))
    assert "wait for it already" in scene.noted(f"s{MOST_WAITING}")[0]["failed"]


def test_an_answer_to_an_earlier_incarnation_is_nobodys() -> None:
    scene = Asking(incarnation=2)
    scene.tell(CallAnswered(call_id="before", response=HttpResponse(status=200, headers={}, body=b"{}")))
    scene.open()
    scene.answer(scene.call(), speaks("es"))
    assert scene.declared() == [("s1", "es", "attribute")]
    assert not scene.workers[0].take_all(TellStreams)
