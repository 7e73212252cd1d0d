"""Locks that let one build run at a time: by process, by session, by table or by lease, depending on the warehouse."""
