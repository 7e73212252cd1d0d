"""The relations as one page for people: lineage, columns, joins, figures, settings in force, freshness, and the documentation."""
