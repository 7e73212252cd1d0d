"""Two sets of the eight relations side by side: ours, and those of the dbt project or of another build."""
