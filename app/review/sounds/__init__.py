"""What sounds different from its genre, and what sounds alike: seen and decided in the window."""
