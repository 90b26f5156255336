"""Cells in, one row per sample out.

Knows one sample's cells and fixed constants, not outcomes or other samples.
"""
