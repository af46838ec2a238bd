"""What other players will show of a track: a dialog beside the window, and the one click that makes them agree."""
