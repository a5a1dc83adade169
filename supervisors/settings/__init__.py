"""The settings: one frozen value with every limit, pure and with a description of each."""
