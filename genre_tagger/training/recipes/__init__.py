"""Published systems, trained and measured as their authors did and as they should have."""
