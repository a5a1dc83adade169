"""What is told of a language that transcripts show: the same when it is found and when it is told anew."""

from media.transcription.chunks import Result
from messages.media import AudioStreamLanguage, AudioStreamOpened, LanguagePlan
from tests.media.callers import calling
from tests.media.houses import housed
from tests.media.workers import plan

SAID = "Han har ikke sagt til meg at han vil komme i dag, men jeg tror at han er her."  # or is it Danish?


def test_its_confidence_has_three_digits_at_most_whenever_it_is_told() -> None:
    with (
        housed(plan(language=LanguagePlan(languages=("nb", "da"), min_confidence=0.1))) as house,
        calling(house.port) as caller,
    ):
        caller.upgraded().say([1])
        house.line.hears(AudioStreamOpened)
        lane = next(iter(house.house.lanes.values()))
        house.do(lambda: lane.heard(Result(SAID, "", 1)))
        told = house.line.hears(AudioStreamLanguage)
        again = house.do(lane.opened)
        assert told.language == again.language
        assert told.confidence == round(told.confidence, 3) == again.language_confidence
        assert 0 < told.confidence < 1
