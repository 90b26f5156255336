"""Simulated cells: genes, expression, counts, and count files."""
