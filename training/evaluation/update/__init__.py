"""Model updating: a stored model of one cohort, adjusted to the patients of another."""
