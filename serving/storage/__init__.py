"""Database tables, patients, jobs and the audit log: knows no HTTP and no models."""
