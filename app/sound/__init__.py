"""What is heard and seen of a track."""
