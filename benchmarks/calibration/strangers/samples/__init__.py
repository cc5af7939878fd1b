"""Layers as strangers write them, a file for each family; their style is theirs."""
