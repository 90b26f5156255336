"""Study report: the source study's claims tested in a cohort, without any risk model."""
