from actors.directory import Directory


def directory() -> tuple[Directory, list[object]]:
    dead: list[object] = []
    return Directory(lambda receiver, message, why: dead.append((receiver, message, why))), dead


def test_a_name_has_one_address_before_and_after_its_actor_lives() -> None:
    names, _ = directory()
    assert names.address("transfer") is names.address("transfer")
    assert names.find("transfer") is names.address("transfer")


def test_nobody_mentioned_is_nobody_found() -> None:
    names, _ = directory()
    assert names.find("ghost") is None


def test_the_first_mention_sets_the_capacity() -> None:
    names, _ = directory()
    names.address("a", capacity=3)
    assert names.address("a").mailbox.capacity == 3


def test_forgetting_a_name_buries_what_waits_and_frees_it() -> None:
    names, dead = directory()
    old = names.address("session.1")
    old.tell("early")
    names.forget("session.1")
    old.tell("late")
    assert dead == [("session.1", "early", "its receiver is gone"), ("session.1", "late", "its receiver is gone")]
    assert names.address("session.1") is not old


def test_forgetting_nobody_is_no_error() -> None:
    names, dead = directory()
    names.forget("ghost")
    assert dead == []


def test_names_come_in_order_of_first_mention() -> None:
    names, _ = directory()
    for name in ("journal", "clock", "journal", "token"):
        names.address(name)
    assert names.names() == ("journal", "clock", "token")
