"""Parsers apart from the writers: what proves that a write changed nothing but the genre."""
