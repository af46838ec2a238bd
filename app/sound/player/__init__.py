"""Playing a track."""
