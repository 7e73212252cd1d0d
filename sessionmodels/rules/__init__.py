"""The rules that decide the figures, each in one place: an event's columns, its visitor, and where a session starts."""
