"""The rules that decide the figures, each in one place: an event's columns, whose event it is, where a session starts."""
