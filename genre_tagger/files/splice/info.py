"""The INFO list of a WAV file: short texts that Windows reads, one of them the genre (``IGNR``)."""

from __future__ import annotations

from dataclasses import dataclass

from genre_tagger.files.values import NAMES, Names, year_of

GENRE = b"IGNR"
TYPE = b"INFO"
_PROGRAM = b"ISFT"
_OURS = b"Genre Tagger\0"


@dataclass(frozen=True, slots=True)
class Info:
    """The entries of an INFO list in order: names of four bytes, and values as they stand."""

    entries: tuple[tuple[bytes, bytes], ...] = ()

    def texts(self) -> dict[str, str]:
        """The entries as text; of those with one name the first."""
        found: dict[str, str] = {}
        for name, value in self.entries:
            found.setdefault(name.decode("latin-1"), decode(value))
        return found

    def names(self) -> Names:
        """What the entries say that every kind of tag can say."""
        said = self.texts()
        title, artist, album, track, year, comment = (said.get(name, "").strip() for name in NAMES["info"])
        return Names(title, artist, album, track, year_of(year), comment)

    @property
    def tells(self) -> bool:
        """Whether there is anything but the name of the program that wrote the file."""
        return any(name != _PROGRAM for name, _ in self.entries)

    def with_genre(self, genre: str) -> Info:
        """The same list with another genre (none if empty), in the place of the old one or at the end.

        The text is written as the other texts are: in Windows' Western code page if they use that, else UTF-8.
        """
        entries, done = [], not genre
        for name, value in self.entries:
            if name != GENRE:
                entries.append((name, value))
            elif not done:
                entries.append((GENRE, self._encode(genre)))
                done = True
        return Info((*entries,) if done else (*entries, (GENRE, self._encode(genre))))

    def _encode(self, text: str) -> bytes:
        if any(_is_windows(value) for _, value in self.entries):
            try:
                encoded = text.encode("cp1252")
            except UnicodeEncodeError:
                encoded = b""
            if encoded and decode(encoded) == text:
                return encoded + b"\0"
        return text.encode("utf-8") + b"\0"


def copied(names: Names) -> Info:
    """Make a list that says what another tag says, and by its name for programs that this program made it so."""
    pairs = zip(NAMES["info"], names.texts(), strict=True)
    said = [(name.encode(), text.encode() + b"\0") for name, text in pairs if text]
    return Info((*said, (_PROGRAM, _OURS)))


def parse(content: bytes) -> Info:
    """Read the content of a ``LIST`` chunk.

    Raises
    ------
    ValueError
        If it is no INFO list, or the entries do not fill it exactly.
    """
    if content[:4] != TYPE:
        raise ValueError("no INFO list")
    at, entries = 4, []
    while at < len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + size
        if end > len(content):
            raise ValueError("an entry reaches beyond the list")
        entries.append((content[at : at + 4], content[at + 8 : end]))
        at = end + size % 2
    return Info(tuple(entries))


def read(content: bytes) -> Info:
    """Read the content of a ``LIST`` chunk as far as it makes sense: lengths may be wrong and bytes missing."""
    at, entries = 4, []
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if not name.isalnum():
            break
        entries.append((name, content[at + 8 : at + 8 + size]))
        at += 8 + size
        if size % 2 and not content[at : at + 4].isalnum():  # some programs leave out the padding byte
            at += 1
    return Info(tuple(entries))


def build(info: Info) -> bytes:
    """Make the content of a ``LIST`` chunk; empty without entries."""
    if not info.entries:
        return b""
    parts = [TYPE]
    for name, value in info.entries:
        parts += [name, len(value).to_bytes(4, "little"), value, bytes(len(value) % 2)]
    return b"".join(parts)


def decode(value: bytes) -> str:
    """Read a value up to its NUL: UTF-8 if it is that, else Windows' Western code page."""
    text = value.partition(b"\0")[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def _is_windows(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
