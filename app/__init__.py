"""The desktop program: widgets, threads and words for the user around :mod:`genre_tagger`."""

#: The program's one name among programs: of desktop entry, icon, metainfo and D-Bus.
APP_ID = "io.github.genre_tagger.GenreTagger"
