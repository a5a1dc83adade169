"""The body of /inject: strict JSON, in the seed's camel case, read into an order. Pure."""

import json
from typing import Annotated, Any, ClassVar

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from control.wire import nests_deeper_than
from messages.barges import InjectBarge, StreamMatrix
from rules.barge import MAX_BARGE_MS
from web.limits import DEPTH
from web.problems import Problem, Refusal

ID = r"^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$"  # contracts 7.9; told in the contract, judged by the rules
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
AUDIO_URL = (
    rf"^https://({LABEL}\.){{1,3}}[a-z]{{2,16}}(:[1-9][0-9]{{0,3}})?"
    r"/[!-\"$->@-\[\]-~]{0,1024}\.(wav|mp3|ogg)(\?[!-\"$-\[\]-~]{0,512})?$"
)  # contracts 7.9 and 7.10, of what is listed nowhere


def _whole(number: object) -> object:
    """1500.0 is a whole number too, as JSON Schema sees it; past 2**53 it is not sure to be the one that was meant."""
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else number


class _Body(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )


class StreamMatrixBody(_Body):
    """Who is muted meanwhile, and whether the audio's level is normalised."""

    agent_mute: bool
    caller_mute: bool
    normalize_level: bool


class InjectBody(_Body):
    """Play the audio at `audioUrl` to one participant of a live conversation, `maxDurationMs` of it at most.

    Whether a value may be is for the rules to say, with every reason at once and on record; what the schema tells of
    values is told for those who write callers.
    """

    conversation_id: Annotated[str, Field(json_schema_extra={"pattern": ID})]
    participant_id: Annotated[str, Field(json_schema_extra={"pattern": ID})]
    audio_url: Annotated[
        str, Field(repr=False, json_schema_extra={"format": "uri", "maxLength": 2048, "pattern": AUDIO_URL})
    ]
    stream_matrix: StreamMatrixBody
    max_duration_ms: Annotated[
        int, BeforeValidator(_whole), Field(json_schema_extra={"minimum": 1, "maximum": MAX_BARGE_MS})
    ]

    def as_order(self, request_id: str) -> InjectBarge:
        """The order that it is."""
        matrix = self.stream_matrix
        return InjectBarge(
            request_id=request_id,
            conversation_id=self.conversation_id,
            participant_id=self.participant_id,
            audio_url=self.audio_url,
            stream_matrix=StreamMatrix(
                agent_mute=matrix.agent_mute,
                caller_mute=matrix.caller_mute,
                normalize_level=matrix.normalize_level,
            ),
            max_duration_ms=self.max_duration_ms,
        )


def read_inject(body: bytes) -> InjectBody:
    """The body of /inject; Refusal (400) that names every bad field."""
    try:
        return InjectBody.model_validate(read_json(body))
    except ValidationError as error:
        fields = tuple(_bad_field(wrong) for wrong in error.errors(include_url=False, include_context=False))
        names = ", ".join(sorted({wrong["field"] for wrong in fields}))
        raise _bad(f"bad fields: {names}"[:500], fields) from None


def read_json(body: bytes) -> Any:
    """The JSON in `body`; Refusal (400) for what different readers would read differently, or not at all."""
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _bad(f"the body is not JSON: {error}") from None
    if nests_deeper_than(read, DEPTH):
        raise _bad(f"the body nests deeper than {DEPTH} levels")
    json.loads(body, object_pairs_hook=_without_doubles)
    return read


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """`pairs` as a dictionary; a name that is there twice is refused: two readers might take two values."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        fields = tuple({"field": name, "problem": "is there twice"} for name in twice)
        raise _bad(f"the same field twice: {', '.join(twice)}"[:500], fields)
    return read


_WORDS = {"missing": "is required", "extra_forbidden": "is not a field of this body"}


def _bad_field(wrong: ErrorDetails) -> dict[str, str]:
    path = ".".join(str(step) for step in wrong["loc"]) or "body"
    return {"field": path[:200], "problem": _WORDS.get(wrong["type"], wrong["msg"])}


def _bad(message: str, fields: tuple[dict[str, str], ...] = ()) -> Refusal:
    return Refusal(Problem(status=400, slug="body", message=message, fields=fields))
