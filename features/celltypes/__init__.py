"""Cell typing by a fixed table of rates, one cell at a time, without the measured genes."""
