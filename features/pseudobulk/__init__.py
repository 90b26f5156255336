"""Counts summed over groups of cells, on request: know one sample at a time, not outcomes."""
