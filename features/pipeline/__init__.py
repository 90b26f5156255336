"""One sample, many samples, processes and Dask.

Calls the other packages in order and computes nothing itself.
"""
