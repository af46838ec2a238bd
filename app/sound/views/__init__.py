"""What a track looks like: lanes on one time axis, imported only when the window has been seen."""
