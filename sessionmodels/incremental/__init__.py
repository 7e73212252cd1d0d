"""Incremental builds: what changed, which visitors are affected since when, and the slice that each model is given."""
