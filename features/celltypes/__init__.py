"""Cell types from a fixed table of rates: know one cell at a time, not what is measured in it."""
