"""Problems, bodies and headers as Starlette sends them."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from web.answers import Answer
from web.problems import MEDIA_TYPE, Problem


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as JSON."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def problem_response(problem: Problem) -> Response:
    """`problem` as its document."""
    return Response(problem.body(), problem.status, problem.all_headers(), media_type=MEDIA_TYPE)


def response(answer: Answer | Problem) -> Response:
    """Either of the two."""
    if isinstance(answer, Problem):
        return problem_response(answer)
    return json_response(answer.status, answer.body, answer.headers)
