"""Genres into files and out again, so that no file is ever harmed."""
