"""What genres are called: the person's list, near-duplicates, and trees of genres in files."""
