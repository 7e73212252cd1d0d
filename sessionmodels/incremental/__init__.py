"""Builds that go on from the last one: what is new, who is touched and since when, and which slice each model is handed."""
