"""Count files from the network to a row, read in a process of their own.

Know no patients and no models.
"""
