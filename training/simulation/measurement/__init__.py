"""Features of simulated samples as measured, from pooled sums without count files."""
