"""The same line on many machines: files are heard or described by the workers of a Dask cluster."""
