#!/bin/sh
# Gives Genre Tagger an entry in the desktop's menu, with icon, file types and manual pages.
#
#     sh install.sh                   for you alone, below ~/.local
#     sh install.sh --uninstall       take all of it away again
#
#     --prefix FOLDER     somewhere else, /usr/local for everybody say
#     --program COMMAND   what the entry starts: a path, or a name to be looked for in PATH; by default the program
#                         that lies beside this folder (a bundle), or packaging/run.sh (a checkout)
#     --no-refresh        only copy; whoever packs the files refreshes the caches of the system

set -eu
umask 022

id=io.github.genre_tagger.GenreTagger
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix=${HOME:+$HOME/.local}
program=
refresh=yes
uninstall=

stop() { printf '%s\n' "$@" >&2; exit 2; }

while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
        --prefix | --program)
            [ $# -gt 1 ] || stop "$1 needs a word after it."
            if [ "$1" = --prefix ]; then prefix=$2; else program=$2; fi
            shift ;;
        --no-refresh) refresh= ;;
        --uninstall) uninstall=yes ;;
        *) stop "$1 is not understood; --help says what is." ;;
    esac
    shift
done
[ -n "$prefix" ] || stop "There is no home folder; name another one with --prefix."
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
share=$prefix/share

# Each file: where it comes from, where it goes. The entry itself is written with the program's place in it.
each_file() {
    for size in 16 22 24 32 48 64 96 128 256 512; do
        "$1" "icons/png/genre-tagger-$size.png" "icons/hicolor/${size}x$size/apps/$id.png"
    done
    "$1" icons/genre-tagger.svg "icons/hicolor/scalable/apps/$id.svg"
    "$1" "$id.metainfo.xml" "metainfo/$id.metainfo.xml"
    "$1" "$id.mime.xml" "mime/packages/$id.xml"
    "$1" genre-tagger.1 man/man1/genre-tagger.1
    "$1" genre-tagger-cli.1 man/man1/genre-tagger-cli.1
    "$2" "$id.desktop" "applications/$id.desktop"
}

copy() {
    mkdir -p "$(dirname -- "$share/$2")"
    cp "$here/$1" "$share/$2.new"
    chmod 644 "$share/$2.new"
    mv -f "$share/$2.new" "$share/$2"
}

# What stands in a desktop entry has backslashes doubled; a word of Exec is quoted before that, and % is a code there.
entry_text() { printf '%s\n' "$1" | sed 's/\\/\\\\/g'; }
exec_word() { printf '%s\n' "$1" | sed 's/[\\"`$]/\\&/g; s/%/%%/g; s/^/"/; s/$/"/; s/\\/\\\\/g'; }

write_entry() {
    mkdir -p "$share/applications"
    while IFS= read -r line; do
        case $line in
            Exec=*) printf 'Exec=%s %%F\n' "$exec" ;;
            TryExec=*) [ -z "$try" ] || printf 'TryExec=%s\n' "$try" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$here/$1" >"$share/$2.new"
    chmod 644 "$share/$2.new"
    mv -f "$share/$2.new" "$share/$2"
}

take_away() { rm -f "$share/$2"; }

remove_folder() {
    folder=$(dirname -- "$share/$2")
    while [ "$folder" != "$prefix" ] && rmdir -- "$folder" 2>/dev/null; do folder=$(dirname -- "$folder"); done
}

# The tools are not everywhere; without them the desktop finds the files by itself, a little later.
refresh_caches() {
    [ -n "$refresh" ] || return 0
    if [ -d "$share/applications" ]; then run update-desktop-database -q "$share/applications"; fi
    if [ -d "$share/mime/packages" ]; then run update-mime-database "$share/mime"; fi
    if [ -d "$share/icons/hicolor" ]; then run gtk-update-icon-cache -q -f -t "$share/icons/hicolor"; fi
}

run() { ! command -v "$1" >/dev/null 2>&1 || "$@" >/dev/null 2>&1 || printf '%s did not manage.\n' "$1" >&2; }

find_program() {
    if [ -z "$program" ]; then
        if [ -x "$here/../genre-tagger" ]; then program=$(dirname -- "$here")/genre-tagger
        elif [ -f "$here/../run.sh" ]; then program=$(dirname -- "$here")/run.sh
        else stop "The program was not found beside this folder; name it with --program."; fi
    fi
    case $program in
        *"
"*) stop "A desktop entry cannot start a program whose path has a line break: $program" ;;
        */*) ;;
        *) exec=$program try=$program; return ;;
    esac
    case $program in /*) ;; *) program=$PWD/$program ;; esac
    [ -f "$program" ] || stop "There is no program at $program."
    exec=$(exec_word "$program") try=$(entry_text "$program")
    if [ ! -x "$program" ]; then exec="sh $exec" try=; return; fi
    # GNOME looks for the first word as it stands, with both of the percent signs.
    case $program in *%*) exec="env $exec" ;; esac
}

if [ -n "$uninstall" ]; then
    each_file take_away take_away
    refresh_caches
    each_file remove_folder remove_folder
    printf 'Genre Tagger is no longer in the menu. Library, settings and undo journal stay as they are.\n'
else
    find_program
    each_file copy write_entry
    refresh_caches
    printf 'Genre Tagger is in the menu now; it starts %s.\n' "$program"
    if [ "$program" = "$(dirname -- "$here")/run.sh" ] && [ ! -d "$here/../../.venv" ]; then
        printf 'Its first start installs what it needs and takes some minutes, before anything is to be seen.\n'
    fi
fi
