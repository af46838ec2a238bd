"""The desktop program: widgets, threads and words for the user around :mod:`genre_tagger`."""
