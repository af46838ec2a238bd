"""What players, phones and radios make of the genre in a file."""
