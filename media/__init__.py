"""The audio plane: worker processes that take calls' WebSockets and pump their audio to a transcription service."""
