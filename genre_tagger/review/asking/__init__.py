"""What a person is asked and says: which tracks, in which order, where to listen, and one word for several."""
