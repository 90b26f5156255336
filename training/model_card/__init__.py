"""Model card and TRIPOD+AI checklist as text: know an evaluation, not how it was made."""
