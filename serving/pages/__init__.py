"""The clinicians' pages: know what an answer says and how it is shown, not how it is computed."""
