"""SQL that warehouses spell differently: one file for each word, with all its spellings.

There is no default spelling. If a dialect lacks one, compiling fails and names the word.
"""
