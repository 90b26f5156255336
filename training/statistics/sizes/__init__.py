"""Sample sizes of development and of validation, and what a size gives."""
