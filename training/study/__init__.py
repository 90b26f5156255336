"""The source study's claims, tested in any cohort: knows cohorts and statistics, not models."""
