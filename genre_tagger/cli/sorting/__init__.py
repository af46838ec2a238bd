"""The commands that take music to where people listen: copies, folders, playlists, tables."""
