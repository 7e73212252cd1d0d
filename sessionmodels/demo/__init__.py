"""`sessionmodels demo`: a believable shop's events, the same every time, and what to ask of them."""
