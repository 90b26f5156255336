"""Joint fit of all endpoints of a cohort: stacked visits, model, refits, cross-validation."""
