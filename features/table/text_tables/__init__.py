"""Text tables as people write them: CSV, TSV or Excel, with names, units, numbers and dates."""
