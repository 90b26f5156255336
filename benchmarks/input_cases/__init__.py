"""Input files and tables of every kind that laboratories have, with what must become of each."""
