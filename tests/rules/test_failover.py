from rules.failover import choose


def test_the_first_address_is_used_while_it_is_well() -> None:
    assert choose([None, None, None]) == 0


def test_one_that_failed_is_passed_over_until_it_is_well_again() -> None:
    assert choose([7.0, None, None]) == 1
    assert choose([7.0, 9.0, None]) == 2
    assert choose([None, 9.0, None]) == 0


def test_when_all_have_failed_they_take_turns() -> None:
    assert choose([7.0, 6.0, 8.0]) == 1
    assert choose([7.0, 9.0, 8.0]) == 0
