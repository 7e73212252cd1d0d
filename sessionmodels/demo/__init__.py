"""`sessionmodels demo`: the events of a realistic shop, always the same, and questions about them."""
