"""From a URL to an engine, and from an engine to a transaction with errors that say what failed."""
