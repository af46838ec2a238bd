"""Lists of tracks: filters that are kept, playlists that lie in music folders, and new ones."""
