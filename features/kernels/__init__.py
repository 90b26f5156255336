"""Compiled loops over counts and bytes: know arrays, not genes, files or samples."""
