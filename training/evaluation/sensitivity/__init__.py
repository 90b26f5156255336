"""Sensitivity of an evaluation: sites left out, missing inputs drawn, refused samples."""
