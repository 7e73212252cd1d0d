"""The models bound to their names in the target: the graph of relations, every name that is given, and selections."""
