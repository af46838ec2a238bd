"""Music files on disk: finding them, and reading and writing their tags."""
