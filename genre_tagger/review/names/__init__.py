"""What genres are called: the person's list, near-duplicates, trees in files, and further words for a track."""
