"""Gene names, panels and expression rates: know references and constants, not counts."""
