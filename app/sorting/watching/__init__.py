"""New music: folders that are watched while the window is open, and what follows from what comes into them."""
