"""Rows and models to one answer in numbers and words: knows no HTTP and no database."""
