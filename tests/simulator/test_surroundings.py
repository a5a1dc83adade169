"""A gateway is pointed at a simulator by its settings; that it then works is what every trip begins with."""

from simulator.server import Simulator
from simulator.surroundings import environment


def test_every_address_is_the_simulators_and_its_audio_is_allowed() -> None:
    with Simulator() as box:
        told = environment(box)
        assert (told["GENESYS_CLIENT_ID"], told["GENESYS_CLIENT_SECRET"]) == (box.client_id, box.client_secret)
        assert told["GENESYS_API_URL"] == told["GENESYS_LOGIN_URL"] == box.url
        assert told["GENESYS_STREAMING_URL"] == box.url.replace("http", "ws", 1)
        assert told["CDN_BASE_URL"] == box.cdn_url
        assert told["SWITCHBOARD_URLS__ALLOW"] in box.url
