"""From the data folder to a shipped model. TensorFlow and librosa live here alone; the program imports neither."""
