"""What a person is asked about: which tracks, in which order, where to listen, and how often the model was right."""
