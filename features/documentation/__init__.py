"""Documentation generated from the schema: names and methods, no samples."""
