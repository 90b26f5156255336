"""Documentation made from the schema: knows names and methods, not samples."""
