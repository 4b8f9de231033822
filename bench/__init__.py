"""Benchmarks; never shipped."""
