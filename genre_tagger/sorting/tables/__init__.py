"""The library as tables and files for others, and back."""
