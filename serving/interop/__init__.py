"""CDS Hooks and FHIR: an answer in the form of these standards, never how it is computed."""
