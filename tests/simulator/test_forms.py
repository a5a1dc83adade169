import pytest

from simulator.forms import (
    BadInput,
    Form,
    demand,
    flag,
    number,
    object_of,
    one_of,
    problems,
    read_json,
    split_url,
    text,
    texts,
    url,
    whole,
)

FORM: Form = {
    "name": text(required=True),
    "share": number(0, 1),
    "count": whole(1, 9),
    "on": flag(),
    "kind": one_of("a", "b"),
    "tags": texts(),
    "more": object_of("an object"),
}


def test_an_object_that_fits_has_no_problems() -> None:
    given = {"name": "n", "share": 0.5, "count": 9, "on": True, "kind": "a", "tags": ["x"], "more": {}}
    assert problems(given, FORM) == []


def test_every_problem_is_named_with_what_would_be_right() -> None:
    given = {"share": 2, "count": 0, "on": 1, "kind": "c", "tags": [1], "more": []}
    assert problems(given, FORM) == [
        "name: missing; expected a text that is not empty",
        "share: expected a number from 0 to 1, got 2",
        "count: expected a whole number from 1 to 9, got 0",
        "on: expected true or false, got 1",
        "kind: expected one of a, b, got 'c'",
        "tags: expected a list of texts, got [1]",
        "more: expected an object, got []",
    ]


def test_true_is_not_a_number() -> None:
    found = problems({"name": "n", "share": True, "count": True}, FORM)
    assert [line.partition(":")[0] for line in found] == ["share", "count"]


def test_an_unknown_field_is_met_with_the_nearest_known_one() -> None:
    (found,) = problems({"name": "n", "cuont": 1}, FORM)
    assert found == "cuont: not a field here; did you mean count?"


def test_an_unknown_field_like_no_other_lists_those_that_are_known() -> None:
    (found,) = problems({"name": "n", "zzz": 1}, FORM)
    assert found.endswith("known are name, share, count, on, kind, tags, more")


def test_what_is_no_object_is_said_so() -> None:
    assert problems([1], FORM) == ["the body: expected a JSON object, got [1]"]
    assert problems(7, FORM, "match.") == ["match: expected a JSON object, got 7"]


def test_a_long_value_is_cut_in_the_message() -> None:
    (found,) = problems({"name": "n", "count": "x" * 500}, FORM)
    assert len(found) < 120


@pytest.mark.parametrize("given", ["https://host/a.wav", "http://127.0.0.1:9000/x?y=z", "https://[::1]/a"])
def test_a_url_that_can_be_fetched_has_parts(given: str) -> None:
    parts = split_url(given)
    assert parts is not None
    assert parts.geturl() == given


@pytest.mark.parametrize(
    "given", [None, 7, "host/a", "file:///a", "https://", "https://u:p@host/", "https://h o/", "http://[x/"]
)
def test_a_url_that_cannot_be_fetched_has_none(given: object) -> None:
    assert split_url(given) is None
    assert len(problems({"address": given}, {"address": url()})) == 1


def test_what_is_demanded_is_given_back_or_refused() -> None:
    assert demand({"name": "n"}, FORM) == {"name": "n"}
    with pytest.raises(BadInput, match="name: missing"):
        demand({}, FORM)


def test_json_is_read_or_refused() -> None:
    assert read_json(b"[1]") == [1]
    with pytest.raises(BadInput, match="not JSON"):
        read_json(b"{half")
