"""Models from a folder into service in every worker: know versions, not requests."""
