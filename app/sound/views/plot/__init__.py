"""What every lane is drawn with."""
