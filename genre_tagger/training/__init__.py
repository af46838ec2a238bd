"""From the data folder to a shipped model. TensorFlow lives here alone; the program never imports it."""
