"""Database tables, patients, jobs and the audit chain: know no HTTP and no models."""
