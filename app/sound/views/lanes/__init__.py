"""The lanes: one view of the sound each."""
