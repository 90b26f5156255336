"""The commands of `cd7watch serving`, one a file; they import heavy libraries only when run."""
