"""Section 3 of the report: activity of CD7-negative T cells before and after infusion."""
