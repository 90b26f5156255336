"""Simulated blood over time: latent state, visits, blood counts."""
