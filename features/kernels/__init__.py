"""Compiled loops over counts and bytes: work on arrays, not on genes, files or samples."""
