"""Measurements, apart from the test run: `python -m tests.bench NAME --records N`."""
