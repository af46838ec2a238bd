"""What a track looks like: lanes on one time axis. Imported only when the window has long been seen."""
