"""Pooling of estimates: over sites, and over imputed data sets."""
