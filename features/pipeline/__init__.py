"""One sample, many samples, processes and Dask.

Know in which order to call the rest, not how it computes.
"""
