"""Patients, samples, outcomes and labels: knows what happened to whom, not how it is analysed."""
