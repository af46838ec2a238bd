"""A person's own genres: the list of them, what is learned from, and tidying files by it."""
