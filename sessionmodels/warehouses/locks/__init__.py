"""How one build at a time is seen to: by the file, by the session, by a table, or by a lease, as each warehouse can."""
