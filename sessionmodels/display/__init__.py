"""How results are shown to people: plain text that fits a terminal, tables in a notebook, and no control character raw."""
