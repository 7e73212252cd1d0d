"""Builds that continue from the last one: what is new, who is affected and since when, and which slice each model is handed."""
