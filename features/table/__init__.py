"""The row, the sample sheet and the feature table.

They follow the schema and compute no feature.
"""
