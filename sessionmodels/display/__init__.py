"""Displays results: as plain text that fits a terminal, or as tables in a notebook. Control characters are escaped."""
