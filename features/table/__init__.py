"""Text tables as people write them, the sample sheet, the row and the feature table.

They follow the schema and compute no feature.
"""
