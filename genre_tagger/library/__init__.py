"""What is known of every track, in SQLite."""
