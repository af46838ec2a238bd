"""What tracks should be called: albums, and what is to be decided."""
