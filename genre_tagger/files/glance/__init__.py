"""One look at the head of a file that is as most files are: its tags, its length, and that a genre can be written."""
