"""Readers of count files: every format behind one `CountSource`.

They read bytes on disk and compute nothing on cells or features.
"""
