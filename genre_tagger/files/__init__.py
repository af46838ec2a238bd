"""Music files on disk: finding them, reading and writing their tags, and proving that nothing else changed."""
