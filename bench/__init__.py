"""Benchmarks: `python -m bench` measures the router beside a bare view, in one run, and writes docs/benchmarks.md."""
