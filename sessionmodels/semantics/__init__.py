"""What the relations mean, once, for every tool that reads it: rows, columns, keys, joins, dimensions and measures.

Nothing is written down here that a model declares: descriptions, keys, units and references are the models' own. Only figures
are declared here, because no relation holds them.
"""
