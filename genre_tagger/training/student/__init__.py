"""The network that ships, taught by two larger ones."""
