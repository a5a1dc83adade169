import pytest

from tests.media.transcription.calls import Make, grpcio, lean


@pytest.fixture(params=[lean, grpcio], ids=["lean", "grpcio"])
def transport(request: pytest.FixtureRequest) -> Make:
    """Either way to the service."""
    made: Make = request.param
    return made
