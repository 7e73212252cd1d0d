"""The raw events: found by name in a table or in files, and read as one clean select."""
