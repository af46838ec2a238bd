"""Our own writers: they change the genre of a file and copy every other byte."""
