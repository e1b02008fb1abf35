"""Measurements: suites for pytest-benchmark, and `compare`, netinit beside its peers."""
