"""Pseudobulk: counts of every gene summed over groups of cells, on request; no outcomes."""
