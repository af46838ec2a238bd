"""What runs off the window's thread."""
