"""Whose event it is: one file for each value of the setting `identity`, and `rule.py`, which the models ask."""
