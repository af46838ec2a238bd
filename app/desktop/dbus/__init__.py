"""The program on D-Bus: a media player and notifications for others, and keeping the computer awake."""
