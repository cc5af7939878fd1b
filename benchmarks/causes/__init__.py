"""Whether the first cause that a report names is the mistake that was made."""
