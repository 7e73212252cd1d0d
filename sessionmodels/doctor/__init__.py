"""What is odd about a source, and which settings fit it. It reads the source and nothing else, and writes nothing."""
