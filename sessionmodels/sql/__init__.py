"""Words that warehouses spell differently: one file a word, with all its spellings side by side.

There is no default spelling: a word that a dialect lacks fails by name instead of guessing.
"""
