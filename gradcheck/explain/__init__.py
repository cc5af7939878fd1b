"""What a failure says: where it is, and in which words. Runs on failure only."""
