"""What a track should be called."""
