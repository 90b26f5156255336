"""CDS Hooks and FHIR: know the answer and the standards, not how a risk is computed."""
