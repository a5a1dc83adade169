"""Measurements: pairs and ratios within one run, medians of several. `python -m benchmarks` runs them all."""
