"""Count files of every format behind one `CountSource`.

Know bytes on disk, not cells or features.
"""
