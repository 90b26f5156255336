"""Simulated clinical courses and their true risks: events, infections, outcomes, oracle."""
