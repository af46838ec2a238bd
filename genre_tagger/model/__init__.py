"""What the model hears in a track."""
