"""Cell typing by a fixed table of expression rates, cell by cell, without the measured genes."""
