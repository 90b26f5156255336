"""Whether an evaluation would differ: at other sites, with missing inputs drawn, on all patients."""
