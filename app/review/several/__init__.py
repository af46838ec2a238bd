"""One answer for several tracks: an album, what sounds alike, what became sure, nine at once."""
