"""Significance tests: score, rank, exact and paired tests, several tests at once."""
