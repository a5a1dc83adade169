"""The vocabulary: every value that actors, doors and the journal exchange; one module per actor."""
