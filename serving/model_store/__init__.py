"""Models from a folder into service in every worker: knows versions, not requests."""
