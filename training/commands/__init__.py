"""The commands of `python -m training`, one a file; heavy imports wait inside them."""
