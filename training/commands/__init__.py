"""The commands of `python -m training`, one a file; they import heavy libraries only when run."""
