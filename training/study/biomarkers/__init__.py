"""Sections 2, 4 and 5 of the report: T-cell expansion, monocytes and S100A8/A9."""
