"""To where people listen: names that every drive takes, playlists, and copies on phones, sticks and cards."""
