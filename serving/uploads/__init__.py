"""Count files from the network to a row, each read in a process of its own.

Knows no patients and no models.
"""
