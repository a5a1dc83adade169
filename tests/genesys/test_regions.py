"""Regions by all the names people write."""

import pytest

from genesys.regions import DOMAINS, UnknownRegion, region


def test_there_are_seventeen_regions() -> None:
    assert len(DOMAINS) == len(set(DOMAINS.values())) == 17


@pytest.mark.parametrize("region_id", DOMAINS)
def test_every_region_is_found_by_id_by_aws_name_and_by_domain(region_id: str) -> None:
    domain = DOMAINS[region_id]
    for name in (region_id, region_id.replace("_", "-"), domain, f"https://api.{domain}/", f" {domain.upper()} "):
        assert region(name).domain == domain


@pytest.mark.parametrize("name", ["us", "us-east-1", "us_east_1", "mypurecloud.com", "login.mypurecloud.com"])
def test_what_the_seeds_call_us_is_mypurecloud_com(name: str) -> None:
    assert region(name).id == "us_east_1"


def test_knows_the_hosts_of_a_region() -> None:
    frankfurt = region("eu-central-1")
    assert frankfurt.api_url == "https://api.mypurecloud.de"
    assert frankfurt.login_url == "https://login.mypurecloud.de"
    assert frankfurt.streaming_url == "wss://streaming.mypurecloud.de"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("eu-centrl-1", "eu-central-1"), ("us_west2", "us-west-2"), ("mypurecloud.dee", "mypurecloud.de")],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(UnknownRegion, match=f"did you mean {meant}"):
        region(name)


@pytest.mark.parametrize("name", ["", "mars", "evil.com", "mypurecloud.com.evil.com", "x" * 500])
def test_what_is_no_region_is_refused_and_not_called(name: str) -> None:
    with pytest.raises(UnknownRegion) as caught:
        region(name)
    assert len(str(caught.value)) < 500
