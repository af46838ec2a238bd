"""Which tracks are an album, and what they say together."""
