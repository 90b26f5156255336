"""T-cell subsets (CD4, CD8, regulatory, naive, memory, gamma-delta) and plasmablasts."""
