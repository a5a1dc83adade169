"""The audio plane: a rig in C (callers and transcription service), what is compared with it, and the tables."""
