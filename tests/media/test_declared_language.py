"""A worker is told what Genesys declares of a stream's language: the chunks from then on carry it."""

from media.worker import pass_on
from messages.media import AudioStreamLanguage, AudioStreamOpened, DeclareLanguage
from tests.media.callers import calling
from tests.media.houses import housed
from tests.media.workers import plan, working


def test_chunks_are_tagged_with_what_is_declared_and_a_better_declaration_takes_over() -> None:
    with housed(plan()) as house, calling(house.port) as caller:
        caller.upgraded().say([1])
        stream_id = house.line.hears(AudioStreamOpened).stream_id

        def declare(language: str, source: str) -> None:
            command = DeclareLanguage(stream_id=stream_id, language=language, source=source)  # type: ignore[arg-type]
            house.do(lambda: pass_on(command, house.house))

        declare("pt", "queue")
        declare("es-mx", "attribute")
        declare("de", "queue")
        told = [house.line.hears(AudioStreamLanguage) for _ in range(2)]
        assert [(one.language, one.source, one.confidence) for one in told] == [
            ("pt", "queue", 0.7),
            ("es-MX", "attribute", 0.8),
        ]
        assert house.uplinks[0].tags == ["pt", "es-MX"]


def test_what_the_call_declares_stands() -> None:
    with housed(plan()) as house, calling(house.port) as caller:
        caller.upgraded().say([1])
        stream_id = house.line.hears(AudioStreamOpened).stream_id
        house.do(lambda: house.house.lanes[stream_id].declared("fr"))
        command = DeclareLanguage(stream_id=stream_id, language="es", source="attribute")
        house.do(lambda: pass_on(command, house.house))
        assert house.uplinks[0].tags == ["fr"]


def test_it_comes_down_the_line_of_a_process_and_what_is_for_an_ended_stream_is_nobodys() -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        caller.upgraded().say([1])
        stream_id = worker.hears(AudioStreamOpened).stream_id
        worker.tell(DeclareLanguage(stream_id="long gone", language="de", source="queue"))
        worker.tell(DeclareLanguage(stream_id=stream_id, language="es", source="attribute"))
        told = worker.hears(AudioStreamLanguage)
        assert (told.stream_id, told.language, told.evidence) == (stream_id, "es", "declared by the attribute")
