"""The source study's claims, asked again of any cohort."""
