"""Features of one blood sample from its single-cell counts: one row per sample.

A row depends on the sample's cells and fixed constants, not on outcomes or other samples.
"""
