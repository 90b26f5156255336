"""The sample sheet, the row and the feature table; text tables have a sub-package.

They follow the schema and compute no feature.
"""
