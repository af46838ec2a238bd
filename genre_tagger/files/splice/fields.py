"""Words for a field beside the genre, such as the mood, planned as edits of the tag in which a file has its genre.

Only tags that are there get a field: a new one that held nothing but the mood would hide title and artist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice import apetag, id3, riff, splice
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.splice.rewrite import Edit
from genre_tagger.files.values import FIELDS

FRONT, CHUNKS, AT_THE_END = ("mp3", "tta"), ("wav", "aiff"), ("wavpack", "ape", "musepack", "optimfrog", "tak")
SPLICED = (*FRONT, *CHUNKS, *AT_THE_END, "dsf")
"""The containers whose fields are read and written here."""

_NO_TAG = "The file has no tag with a field for this; give it a genre first."
_NO_CHUNK = "The tags of this file have no field for this."
_TOO_OLD = "The tag of this file is of a kind that has no field for this."


def edits(path: str, file: BinaryIO, container: str, field: str, words: Sequence[str], style: Id3Style) -> list[Edit]:
    """Plan other words for a field.

    Parameters
    ----------
    path : str
        For messages.
    file : BinaryIO
        Open for reading.
    container : str
        One of :data:`SPLICED`.
    field : str
        One of :data:`genre_tagger.files.values.FIELDS`.
    words : sequence of str
        Without any, the field is removed.
    style : Id3Style
        What stands between several words where there is one text for all.

    Returns
    -------
    list of Edit

    Raises
    ------
    RefusedError
        If there is no tag for it, or it is not understood to its last byte.
    """

    def become(old: bytes) -> bytes:
        return _spliced(path, old, field, words, style, padded=padded)

    padded = True
    if container in CHUNKS:
        if not riff.walk(path, file).named(b"id3 ", b"ID3 "):
            raise RefusedError(path, _NO_CHUNK)
        return riff.edits_of_id3(path, file, become)
    if container == "dsf":
        return splice.dsf_with(path, file, become)
    front = splice.tag_at(path, file, 0) if container in FRONT else b""
    if front:
        padded = splice.require_sound(path, file, len(front))
        new = become(front)
        return [(0, len(front), new)] if new != front else []
    start, end = apetag.locate(path, file)
    file.seek(start)
    data = file.read(end - start)
    if not data:
        raise RefusedError(path, _NO_TAG)
    changed = apetag.splice(path, data, words, key=FIELDS[field]["apev2"].encode())
    return [(start, end, changed)] if changed != data else []


def read(path: str, file: BinaryIO, container: str, field: str) -> tuple[str, ...]:
    """Read the words of a field where :func:`edits` writes them; parameters and errors as there."""
    if container in CHUNKS:
        chunks = riff.walk(path, file).named(b"id3 ", b"ID3 ")
        return _words(riff.content(file, chunks[0]), field) if chunks else ()
    if container == "dsf":
        found = bytearray()

        def keep(old: bytes) -> bytes:
            found.extend(old)
            return old

        splice.dsf_with(path, file, keep)
        return _words(bytes(found), field) if found else ()
    if container in FRONT and (front := splice.tag_at(path, file, 0)):
        return _words(front, field)
    start, end = apetag.locate(path, file)
    file.seek(start)
    return apetag.words(path, file.read(end - start), FIELDS[field]["apev2"].encode())


def lacking(path: str, file: BinaryIO, container: str, field: str) -> str:
    """Say why a file, once it has a genre, cannot get words for a field; "" if it can, as far as that is known."""
    try:
        if container in CHUNKS and not riff.has_place_in_id3(path, file):
            return _NO_CHUNK
        edits(path, file, container, field, ("x",), Id3Style())
    except RefusedError as error:
        # The genre makes the tag that is not there.
        return "" if error.reason in (_NO_TAG, _NO_CHUNK) else error.reason
    return ""


def _name(tag: id3.Id3Tag, field: str) -> bytes:
    return FIELDS[field].get(f"id3v2.{tag.version}", "").encode()


def _words(data: bytes, field: str) -> tuple[str, ...]:
    tag = id3.parse(data)
    name = _name(tag, field) if tag is not None and not tag.problems else b""
    texts = (id3.named_texts(tag, (name,))[0] or ()) if tag is not None and name else ()
    # Before 2.4 there is one text for all words.
    split = tag is not None and tag.version < 4
    return tuple(word for text in texts for word in (text.split("; ") if split else [text]) if word)


def _spliced(path: str, data: bytes, field: str, words: Sequence[str], style: Id3Style, *, padded: bool) -> bytes:
    """Give an ID3v2 tag other words for a field, in the place of the first frame of it there was, else at the end."""
    tag = id3.parse(data) if data else None
    if tag is None or tag.problems or tag.size != len(data):
        raise RefusedError(path, tag.problems[0] if tag and tag.problems else _NO_TAG)
    name = _name(tag, field)
    if not name or (tag.plain_sizes and words):
        raise RefusedError(path, _TOO_OLD)
    if id3.named_texts(tag, (name,))[0] is None:
        raise RefusedError(path, "The file has words in this field that cannot be read; it was left as it is.")
    text = ("\0" if tag.version == 4 else style.separator).join(words)
    frame = id3.stuffed(tag, id3.text_frame(tag.version, name, text)) if words else b""
    pieces, done = list[bytes](), False
    for old in tag.frames:
        if old.id != name:
            pieces.append(old.raw)
        elif not done:
            pieces.append(frame)
            done = True
    content = b"".join(pieces if done else [*pieces, frame])
    return id3.rebuilt(path, data, tag, content, padded=padded)
