"""Foreign bytes are decoded in processes of their own, with limits on what a decoder may take."""
