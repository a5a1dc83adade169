"""What Genesys said of a token holds for a while, and never keeps the token itself."""

from rules.bearer_book import BearerBook


def test_what_was_asked_is_known_for_a_while() -> None:
    book = BearerBook()
    assert book.known("t", 0.0) is None
    book.note("t", True, 0.0)
    assert book.known("t", 59.9) is True
    assert book.known("t", 60.0) is None


def test_no_is_forgotten_sooner() -> None:
    book = BearerBook()
    book.note("t", False, 0.0)
    assert book.known("t", 9.9) is False
    assert book.known("t", 10.0) is None


def test_the_oldest_make_room() -> None:
    book = BearerBook(most=2)
    for name in ("a", "b", "a", "c"):
        book.note(name, True, 0.0)
    assert [book.known(name, 1.0) for name in "abc"] == [True, None, True]


def test_no_bearer_is_kept() -> None:
    book = BearerBook()
    book.note("hunter2", True, 0.0)
    assert "hunter2" not in repr(vars(book))
