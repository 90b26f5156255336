"""Clinicians' pages: how an answer is shown, never how it is computed."""
