"""Makes the parts of the window and joins them."""
