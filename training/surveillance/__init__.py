"""Surveillance by a landmark super-model: risk at every visit, AUC by landmark, lead time."""
