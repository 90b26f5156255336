"""AnnData on disk, .h5ad and .zarr: which matrix holds counts, genes, cells, streaming."""
