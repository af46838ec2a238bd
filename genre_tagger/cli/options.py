"""The words of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from genre_tagger import __version__
from genre_tagger.base import places
from genre_tagger.base.genre_words import TEN
from genre_tagger.base.watching.watch import STILL_S
from genre_tagger.files.values import FIELDS as WORDS
from genre_tagger.files.values import GENRE
from genre_tagger.model.classify import MOST_WINDOWS
from genre_tagger.review.names.more import KINDS
from genre_tagger.review.policy import By, Mode, clean
from genre_tagger.sorting.copies.encoders import Form
from genre_tagger.sorting.copies.plan import Carry
from genre_tagger.sorting.pattern import FIELDS, USUAL, Pattern, PatternError


def _probability(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def _between(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text} is not a number from {low} to {high}")
        return int(text)

    return number


def _spelt(text: str) -> tuple[str, str]:
    label, equals, word = text.partition("=")
    if not equals or not label.strip() or not clean([word]):
        raise argparse.ArgumentTypeError(f"{text} does not say LABEL=WORD, as Hip-Hop=Rap does")
    return label.strip(), word


def _pattern(text: str) -> Pattern:
    try:
        return Pattern.parse(text)
    except PatternError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parser(commands: Mapping[str, Callable[[argparse.Namespace], int]]) -> argparse.ArgumentParser:
    """Build the parser; `commands` maps each command's name to what runs it, kept as ``options.command``."""
    top = argparse.ArgumentParser(
        prog="genre-tagger-cli", parents=[_common()], description="Sort music by genre, from its sound.",
        epilog="Exit status: 0 done; 1 some files failed; 2 wrong usage; 3 library, journal, model or "
        "target unusable; "
        "130 interrupted.",
    )  # fmt: skip
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    found = places.homes()
    usual = places.library_path(found)
    problem = "" if places.named("library") else found.problem
    top.set_defaults(library=usual, usual=usual, problem=problem, json=False, quiet=False)
    subparsers = top.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sub = subparsers.add_parser(name, parents=[_common()], help=text, description=text)
        sub.set_defaults(command=commands[name])
        return sub

    sub = add("scan", "Read the tags of all music in folders into the library.")
    sub.add_argument("folders", nargs="+", metavar="FOLDER")
    _add_watch(add)
    sub = add("classify", "Let the model listen to every track it has not heard yet.")
    _add_cores(sub)
    sub.add_argument(
        "--windows", type=_between(1, MOST_WINDOWS), metavar="N",
        help=f"windows to hear of each track, 1 to {MOST_WINDOWS} (default: what the model was made for)",
    )  # fmt: skip
    _add_model(sub)
    _add_machines(sub)
    sub = add("show", "List tracks with their genres, candidates and decisions.")
    sub.add_argument("paths", nargs="*", metavar="PATH")
    _add_among(sub)
    sub = add("albums", "List albums with the genre heard in them, and the tracks that sound different.")
    sub.add_argument("paths", nargs="*", metavar="PATH", help="only albums with tracks that are or lie below these")
    _add_among(sub)
    _add_genres(add("genres", "List the genres that files have and what could be tidied; merge, rename, remove."))
    _add_write(add("write", "Write genres into files; every write can be undone."))
    sub = add("undo", "Give files back as they were before a write, or to where they were before they were moved.")
    which = sub.add_mutually_exclusive_group()
    which.add_argument("--last", action="store_true", help="the newest write that is not undone (the default)")
    which.add_argument("--batch", type=int, metavar="ID", help="one write of the history")
    which.add_argument("--all", action="store_true", help="every write, the newest first")
    add("history", "List the writes and moves that can be undone.")
    sub = add("model", "Say how often the model is right, at which threshold, and what it cannot do.")
    _add_model(sub)
    sub = add("describe", "Compute the 57 numbers of the GTZAN table, as a CSV file, for all music in folders.")
    sub.add_argument("paths", nargs="+", metavar="FOLDER", help="folders or files; the library is not needed")
    sub.add_argument("--csv", metavar="FILE", help="write the table here (default: to standard output)")
    _add_cores(sub)
    _add_machines(sub)
    _add_phones(add)
    _add_review(add)
    _add_tables(add)
    return top


def _add_machines(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("many machines", "work on a Dask cluster, for which the extra `cluster` is needed")
    group.add_argument("--dask", metavar="ADDRESS",
                       help="of the scheduler, as tcp://host:8786; local:4 starts 4 processes here")  # fmt: skip
    group.add_argument("--map", action="append", type=_mapped, default=[], metavar="HERE=THERE",
                       help="how workers call a folder of here, as /music=/mnt/nas/music; may be repeated")  # fmt: skip
    for name, text in (("ca", "the certificate of who signs"), ("cert", "our certificate"), ("key", "our key")):
        group.add_argument(f"--tls-{name}", metavar="FILE", help=f"for tls:// addresses: {text} (PEM)")


def _mapped(text: str) -> tuple[str, str]:
    here, equals, there = text.partition("=")
    if not equals or not here.startswith("/") or not there:
        raise argparse.ArgumentTypeError(f"{text} does not say HERE=THERE, as /music=/mnt/nas/music does")
    return here, there


def _add_watch(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    sub = add("watch", "Watch folders: read and hear what comes into them, until Ctrl+C; nothing is written.")
    sub.add_argument("folders", nargs="+", metavar="FOLDER")
    sub.add_argument(
        "--still", type=_seconds, default=STILL_S, metavar="SECONDS",
        help=f"how long a file has to stay as it is before it counts as whole (default {STILL_S:g})",
    )  # fmt: skip
    _add_cores(sub)
    _add_model(sub)


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds from 0 to 3600")
    return number


def _add_phones(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    sub = add("copy", "Copy music to a stick, a card or a folder, sorted; a second run copies only what is new.")
    _add_copy(sub)
    _add_organise(add("organise", "Put the library's own files into folders by genre; undo brings them back."))
    _add_playlists(add("playlists", "Write one playlist (M3U8) for each genre, which names the files where they are."))
    _add_playlist(add("playlist", "Make one playlist: of tracks in an order, a list, what sounds alike, or a radio."))
    sub = add("players", "Say what Android, Apple Music, Windows, Rhythmbox and old car radios show as the genre.")
    sub.add_argument("paths", nargs="+", metavar="PATH", help="files, or folders with music; the library is not needed")


def _add_tables(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    sub = add("export", "Write the library into a file: a table (CSV), or all that another machine needs (JSON).")
    sub.add_argument("file", nargs="?", metavar="FILE", help="its name ends with .csv or .json")
    sub.add_argument("--parquet", metavar="FOLDER",
                     help="instead, tables of tracks, predictions and embeddings for those who analyse (the extra "
                     "`cluster`); an earlier export there is replaced")  # fmt: skip
    sub.add_argument("--describe", action="store_true", help="with --parquet: compute the 57 numbers of each, too")
    _add_machines(sub)
    sub = add("import", "Take over decisions and lists that were exported as JSON, here or on another machine.")
    sub.add_argument("file", metavar="FILE")
    sub.add_argument("--replace", action="store_true", help="replace decisions and lists that are here and differ")


def _add_review(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    sub = add("review", "List what is to be decided, the most useful first; decide, or take the last decision back.")
    sub.add_argument("paths", nargs="*", metavar="PATH", help="files, or folders with files, of the library")
    what = sub.add_mutually_exclusive_group()
    what.add_argument("--genre", metavar="NAMES", help="give these tracks this genre, or several with semicolons")
    what.add_argument("--leave", action="store_true", help="leave these tracks alone")
    what.add_argument("--take-back", action="store_true",
                      help="take the last decision back, the window's or one from here")  # fmt: skip
    sub.add_argument("--all", action="store_true", help="list what the model is sure of, too")
    sub.add_argument("--albums", action="store_true", help="albums with many tracks first")
    sub.add_argument("--threshold", type=_probability, default=0.5, metavar="P",
                     help="what the model is less sure of is unsure (default 0.5)")  # fmt: skip
    sub.add_argument("--count", type=_between(1, 1_000_000), default=20, metavar="N", help="how many (default 20)")
    sub = add("learn", "Learn your own genres from your decisions and the tags you trust, and say how well that works.")
    sub.add_argument(
        "action", nargs="?", default="report", choices=("report", "on", "off", "reset"),
        help="only say what it is worth (the default); use it; do not; forget it",
    )  # fmt: skip
    _add_among(sub)
    sub.add_argument("genres", nargs="*", metavar="GENRE", help="only these genres (default: all)")
    sub = add("audit", "List the tracks whose genre in the file and sound differ most, and what is mistaken for what.")
    sub.add_argument("--count", type=_between(1, 1_000_000), default=50, metavar="N", help="how many (default 50)")
    sub = add("similar", "List the tracks that sound most like one or several others.")
    sub.add_argument("paths", nargs="+", metavar="PATH", help="files of the library")
    sub.add_argument("--count", type=_between(1, 1_000_000), default=20, metavar="N", help="how many (default 20)")
    sub.add_argument("--playlist", metavar="FILE", help="save them as a playlist (M3U8), too; an older one is replaced")


def _common() -> argparse.ArgumentParser:
    """Options understood before and after the command.

    SUPPRESS keeps the command's parser from resetting what came before it. Each parser needs options of its own:
    ``set_defaults`` changes those it is given, for every parser that shares them.
    """
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--library", metavar="FILE", default=argparse.SUPPRESS, help="the library file (default: the window's)"
    )
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")
    common.add_argument("--quiet", action="store_true", default=argparse.SUPPRESS, help="no progress on standard error")
    return common


def _add_cores(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--cores", type=_between(1, 1024), metavar="N", help="processor cores to use (default: all)")


def _add_model(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--model", metavar="FOLDER", default=places.named("model"),
                     help="another model than the one that ships with the program")  # fmt: skip


def _add_among(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--among", choices=("all", "ten"), default="all",
                     help="let the model choose among all genres it knows (default), or among the ten broad ones: "
                     f"{', '.join(TEN)}; nothing is heard again for it")  # fmt: skip


def _add_genres(top: argparse.ArgumentParser) -> None:
    actions = top.add_subparsers(metavar="ACTION", dest="action")
    top.set_defaults(action="list")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, parents=[_common()], help=text, description=text)

    add("list", "Genres with their tracks, and which seem to be one and the same (the default).")
    merging = add("merge", "Give files one genre in the place of others.")
    merging.add_argument("old", nargs="+", metavar="GENRE", help="genres, spelt as the files have them")
    merging.add_argument("--into", required=True, metavar="GENRE", help="what they become; with semicolons, several")
    renaming = add("rename", "Give files another genre in the place of one; with semicolons, several.")
    renaming.add_argument("old", metavar="GENRE")
    renaming.add_argument("into", metavar="NEW")
    removing = add("remove", "Take genres out of files.")
    removing.add_argument("old", nargs="+", metavar="GENRE")
    tidying = add("tidy", "Tidy the genres of all files by your own list.")
    for action, text in (
        ("trust", "Take the tags of genres as examples of them, and learn."),
        ("distrust", "Take the tags of genres as examples no more, and learn."),
    ):
        add(action, text).add_argument("old", nargs="+", metavar="GENRE")
    trying = add("try", "Say what your own list makes of genres.")
    trying.add_argument("old", nargs="+", metavar="GENRE")
    importing = add("import", "Take a list: JSON as export writes it, or a tree as lastgenre of beets reads it (YAML).")
    importing.add_argument("file", metavar="FILE")
    exporting = add("export", "Write your own list to a file: JSON, or a tree for lastgenre of beets (.yaml).")
    exporting.add_argument("file", metavar="FILE")
    adding = add("more", "Add what is clearly heard beside the genre, such as moods, as further genres of files.")
    adding.add_argument("--kind", action="append", required=True, choices=KINDS, help="may be repeated")
    adding.add_argument("--most", type=_between(1, 10), default=2, metavar="N", help="words a file gets (default 2)")
    adding.add_argument("--field", choices=(GENRE, *WORDS), default=GENRE,
                        help="where it goes: as further genres (default), or into the field of that name")  # fmt: skip
    adding.add_argument("paths", nargs="*", metavar="PATH", help="only these files, or the files below these folders")
    for sub in (merging, renaming, removing, tidying, adding):
        sub.add_argument("--dry-run", action="store_true", help="only say what would be written")
        sub.add_argument("--keep-mtime", action="store_true", help="keep the files' modification times")


def _add_copy(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--to", required=True, metavar="FOLDER", help="where the copies go: a folder, a stick, a card")
    sub.add_argument("--genre", action="append", metavar="NAME", help="only this genre; may be repeated")
    among = sub.add_mutually_exclusive_group()
    among.add_argument("--album", action="append", metavar="NAME", help="only this album; may be repeated")
    among.add_argument("--list", metavar="NAME",
                       help="only this list of the window, or what a playlist (M3U, PLS, XSPF) names")  # fmt: skip
    fields = ", ".join(f"{{{field}}}" for field in FIELDS)
    sub.add_argument("--pattern", type=_pattern, default=USUAL, metavar="PATTERN",
                     help=f"folders and names, made of {fields} (default: {USUAL})")  # fmt: skip
    sub.add_argument("--carry", choices=[carry.value for carry in Carry], default=Carry.ALL.value,
                     help="genres of copies: all (default), the first, what that is a kind of, all joined")  # fmt: skip
    sub.add_argument("--smaller", choices=[form.value for form in Form],
                     help="make copies of lossless music smaller: MP3 V0, AAC 256 kbit/s, Opus 128 kbit/s")  # fmt: skip
    sub.add_argument("--again", action="store_true", help="with --smaller: encode music that is lossy already, too")
    sub.add_argument("--id3v23", action="store_true", help="give MP3 copies tags of ID3 version 2.3, for old cars")
    sub.add_argument("--playlists", action="store_true", help="write one playlist for each genre and saved list there")
    _add_from_root(sub)
    sub.add_argument("--delete", action="store_true",
                     help="delete copies that this program put there and that are not wanted any more")  # fmt: skip
    _add_among(sub)
    sub.add_argument("--plan", action="store_true", help="only say what would be done")


def _add_playlists(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--to", required=True, metavar="FOLDER", help="where the playlists go")
    sub.add_argument("--genre", action="append", metavar="NAME", help="only this genre; may be repeated")
    _add_from_root(sub)
    _add_among(sub)


def _add_playlist(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("paths", nargs="*", metavar="PATH", help="tracks of the library, in their order")
    sub.add_argument("--list", metavar="NAME",
                     help="a list of the window, or a playlist in your music folders, by name or path")  # fmt: skip
    sub.add_argument("--similar", action="append", metavar="PATH",
                     help="what sounds most like this track; may be repeated")  # fmt: skip
    sub.add_argument("--count", type=_between(1, 1_000_000), default=20, metavar="N",
                     help="with --similar: how many tracks (default 20)")  # fmt: skip
    sub.add_argument("--radio", action="append", metavar="PATH",
                     help="a radio from this track on, no artist twice in a row; may be repeated")  # fmt: skip
    sub.add_argument("--minutes", type=_between(1, 100_000), default=60, metavar="N",
                     help="with --radio: how long it is to be (default 60)")  # fmt: skip
    sub.add_argument("--to", metavar="FILE", help="write the playlist (M3U8) here; by default it is only listed")
    sub.add_argument("--name", metavar="NAME", help="what the playlist calls itself (default: as its file)")
    _add_from_root(sub)


def _add_from_root(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--from-root", action="store_true",
                     help="name files from the root of the drive (/Artist/…), for players that want it")  # fmt: skip


def _add_organise(sub: argparse.ArgumentParser) -> None:
    begin = sub.add_mutually_exclusive_group(required=True)
    begin.add_argument("--to", metavar="FOLDER", help="the folder below which they go; it may be one of your music")
    begin.add_argument("--go-on", action="store_true",
                       help="go on with what was interrupted, as it was agreed to (“undo” brings it back)")  # fmt: skip
    fields = ", ".join(f"{{{field}}}" for field in FIELDS)
    sub.add_argument("--pattern", type=_pattern, default=USUAL, metavar="PATTERN",
                     help=f"folders and names, made of {fields} (default: {USUAL})")  # fmt: skip
    how = sub.add_mutually_exclusive_group()
    how.add_argument("--move", action="store_true", help="move the files (the default)")
    how.add_argument("--copy", action="store_true", help="leave them, and put copies outside of your music folders")
    sub.add_argument("--genre", action="append", metavar="NAME", help="only this genre; may be repeated")
    _add_among(sub)
    sub.add_argument("--plan", action="store_true", help="only say what would be done")
    sub.add_argument("paths", nargs="*", metavar="PATH", help="only these files, or the files below these folders")


def _add_write(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--policy", choices=[mode.value for mode in Mode], default=Mode.FILL.value,
                     help="fill only empty genre fields (default), add to them, or replace them")  # fmt: skip
    sub.add_argument("--threshold", type=_probability, default=0.5, metavar="P",
                     help="least probability, 0 to 1, at which the model's genre is written (default 0.5)")  # fmt: skip
    sub.add_argument("--by", choices=[by.value for by in By], default=By.TRACK.value,
                     help="judge each track by itself (default), or give an album's tracks the genre that is heard "
                     "in them together: always, or where most of them agree; compilations go by track")  # fmt: skip
    sub.add_argument("--genre", action="append", metavar="NAME", help="write this genre instead; may be repeated")
    _add_among(sub)
    sub.add_argument("--more", action="append", choices=KINDS, default=[],
                     help="with every genre write what is clearly heard of this kind, too; "
                     "may be repeated")  # fmt: skip
    sub.add_argument("--most", type=_between(1, 10), default=2, metavar="N",
                     help="with --more: words a file gets at most (default 2)")  # fmt: skip
    sub.add_argument("--field", choices=(GENRE, *WORDS), default=GENRE,
                     help="with --more: behind the genre (default), or into the field of that name")  # fmt: skip
    sub.add_argument("--spell", action="append", type=_spelt, metavar="LABEL=WORD",
                     help="write WORD where the model says LABEL; may be repeated")  # fmt: skip
    sub.add_argument("--dry-run", action="store_true", help="only say what would be written")
    sub.add_argument("--keep-mtime", action="store_true", help="keep the files' modification times")
    sub.add_argument("--id3v23", action="store_true",
                     help="make new ID3 tags of version 2.3, for old players; others keep their version")  # fmt: skip
    sub.add_argument("paths", nargs="*", metavar="PATH", help="only these files, or the files below these folders")
