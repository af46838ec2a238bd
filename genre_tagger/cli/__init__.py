"""The line for scripts: the command line."""
