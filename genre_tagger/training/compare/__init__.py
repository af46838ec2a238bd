"""How right models and recipes are, in numbers and on a page."""
