"""CD7-negative T cells: by protein, by RNA, and against the patient's own earlier sample."""
