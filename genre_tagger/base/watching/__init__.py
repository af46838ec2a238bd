"""Folders that are watched: what comes into them, once it is whole, and what goes."""
