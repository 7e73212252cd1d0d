"""Whose event it is: one file for each value of the setting `identity`, and `identity.py`, which the models ask."""
