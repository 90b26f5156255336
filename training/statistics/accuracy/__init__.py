"""Accuracy of risks: discrimination, Brier score, net benefit."""
