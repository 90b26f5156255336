"""The quality report of a run: from rows and refused samples, without count files."""
