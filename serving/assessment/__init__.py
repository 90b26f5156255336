"""Risk assessment: rows and models to one answer. Knows no HTTP and no database."""
