"""The quality report of a run: knows rows and refusals, not count files."""
