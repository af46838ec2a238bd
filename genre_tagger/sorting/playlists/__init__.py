"""Playlists: written so that phones read them, read whoever wrote them, and kept true when files move."""
