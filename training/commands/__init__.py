"""The commands of `cd7watch training`, one a file; they import heavy libraries only when run."""
