"""Words that messages share."""


def count_noun(number: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun, which has an s in the plural unless that is given."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
