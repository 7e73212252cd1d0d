"""The table of builds in the target schema, one row per build, and the watermark of the source."""
