"""The library's own files in folders by genre: planned, moved with what belongs to them, and brought back."""
