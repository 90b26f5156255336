"""Model card and TRIPOD+AI checklist as text, from the content of an evaluation document."""
