"""The relations as other tools read them: one file for each format, all written from the description in `semantics`."""
