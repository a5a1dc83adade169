"""A simulated Genesys that calls a media server: many calls at once, WAV files in real time, over both protocols."""
