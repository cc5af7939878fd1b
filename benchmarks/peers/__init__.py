"""What a verdict costs, beside the other checkers: time, calls, memory, and the errors that it finds."""
