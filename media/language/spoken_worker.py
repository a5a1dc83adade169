"""`python -m media.language.spoken_worker DESCRIPTOR DIRECTORY`: tells languages by their sound."""

from media.language.guessing import Model, run


def load(directory: str) -> Model:
    """The model in `directory`; ImportError, ValueError, RuntimeError or OSError where there is none."""
    from media.language.whisper import WhisperLanguageModel  # an extra, and slow to import

    return WhisperLanguageModel(directory)


if __name__ == "__main__":
    run(load)
