"""The plugin's fixtures, also where the distribution with its entry point is not installed."""

from simulator.pytest_plugin import genesys_simulator, genesys_simulator_tls, transcription_simulator

__all__ = ["genesys_simulator", "genesys_simulator_tls", "transcription_simulator"]
