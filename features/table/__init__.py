"""The row, the sample sheet and the feature table.

Know the schema, not how a feature is computed.
"""
