"""One build: what is asked of it, what stands there, how it is done, and what is written down of it."""
