"""SQL without a connection."""
