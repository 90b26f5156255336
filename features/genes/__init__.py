"""Gene names, panels and expression rates: depend on references and constants, not on counts."""
