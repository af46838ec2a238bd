"""The network that ships, taught by a larger one."""
