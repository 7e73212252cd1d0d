"""The raw events: a table or files, with columns found by name, read as one clean select."""
