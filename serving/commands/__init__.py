"""The commands of `python -m serving`, one a file; they import heavy libraries only when run."""
