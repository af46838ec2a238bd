"""What the program tells other programs over D-Bus, and what it takes from them."""
