"""From a URL to an engine, and from an engine to a transaction whose errors say what was being done."""
