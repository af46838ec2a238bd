"""Recordings to learn from and to measure on."""
