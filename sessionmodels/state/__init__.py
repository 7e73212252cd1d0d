"""What ran, how far, and who is running: one row a build, in the target schema."""
