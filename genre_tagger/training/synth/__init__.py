"""Sounds made by a program: speech, noise and tunes that teach the guard."""
