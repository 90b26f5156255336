"""Cohort: patients, samples, outcomes and labels, before any analysis of them."""
