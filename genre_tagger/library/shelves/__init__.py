"""What a library is looked through by: genres, artists and albums, and playlists that lie in its folders."""
