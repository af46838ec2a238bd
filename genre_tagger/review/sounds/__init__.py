"""What tracks sound like beside one another: which differ from their genre, and which are alike."""
