"""What is heard while reviewing: from where on, how loud, and what is looked at before it is wanted."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject, Signal

from app.jobs.stages import Classifier
from app.review.listening import Listening, Moment, _best, _gain
from app.sound.player.engine import Clock
from app.sound.player.player import Player
from genre_tagger.base.cache import Cache
from genre_tagger.base.errors import DecodeError
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.sound.overview import build
from helpers import tracks


class Loudspeaker(QObject):
    """Stands where player and sound card would; takes down what it is told."""

    failed = Signal(str)

    def __init__(self):
        super().__init__()
        self.path, self.told, self.gains, self.gentle = "", [], [], []
        self.playing = False

    def play_at(self, track, seconds):
        self.path = track.path
        self.playing = True
        self.told.append((track.path, round(seconds, 2)))

    def prepare(self, path, at=0.0):
        self.told.append((path, "prepared", at) if at else path)

    def play(self):
        self.playing = True

    def pause(self):
        self.playing = False

    def set_gentle(self, gentle):
        self.gentle.append(gentle)

    def set_gain(self, gain):
        self.gains.append(gain)

    def step(self, seconds):
        self.told.append(seconds)


@pytest.fixture
def speaker(qapp):
    return Loudspeaker()


@pytest.fixture
def listening(speaker, settings, tmp_path):
    one = Listening(speaker, speaker, Classifier(None), str(tmp_path / "cache"), settings)
    yield one
    assert one.stop(10.0)


def test_a_track_is_played_at_once_and_one_that_nothing_is_known_of_from_a_third_on(listening, speaker):
    speaker.playing = True
    listening.begin()
    assert not speaker.playing  # what the table played
    track = tracks.track(length=90.0)
    listening.play(track)
    assert speaker.told == [(track.path, 30.0)]
    assert (speaker.gains, speaker.gentle) == ([1.0], [True])


def test_it_is_played_from_the_place_that_tells_most_and_as_loud_as_others(listening, speaker):
    track = tracks.track()
    listening._keep(track, Moment(12.5, 0.25))
    listening.play(track)
    assert (speaker.told, speaker.gains) == ([(track.path, 12.5)], [0.25])
    listening.leave()
    assert (speaker.gains[-1], speaker.gentle[-1]) == (1.0, False)


def test_a_key_pauses_goes_on_and_plays_what_was_not_played_by_itself(listening, speaker, settings):
    track = tracks.track(length=90.0)
    listening.play(track)
    listening.turn()
    assert not speaker.playing
    listening.turn()
    assert speaker.playing
    settings.set("review_play", False)
    other = tracks.track(path="/other.mp3", length=60.0)
    listening.play(other)
    assert not speaker.playing  # the one before is not to be taken for it
    listening.turn()
    assert speaker.told[-1] == (other.path, 20.0)


def test_nothing_is_played_where_the_user_wants_none_or_the_file_is_gone(listening, speaker, settings):
    listening.play(tracks.track(missing=True))
    settings.set("review_play", False)
    listening.play(tracks.track())
    assert speaker.told == []


def test_three_tracks_ahead_are_listened_to_and_what_cannot_be_read_is_no_trouble(
    listening, speaker, media, wait_for, write_wav
):
    y = 0.5 * np.sin(np.arange(22_050 * 4) / 20)
    heard = tracks.track(path=write_wav(y), length=4.0)
    others = [tracks.track(path=media("text")), tracks.track(path="/nowhere.mp3"), tracks.track(path="/fourth.mp3")]
    listening.look_ahead([heard, *others])
    assert speaker.told == [heard.path, *(track.path for track in others[:2])]
    wait_for(lambda: not listening._loader.busy())
    assert listening.moment(heard).gain == pytest.approx(0.178, abs=0.01)
    # What is drawn of it is in the cache, too.
    assert next(iter(build(heard.path, cache=listening._cache))).complete
    assert listening.moment(others[0]) == Moment(others[0].length / 3)


def test_why_a_track_cannot_be_played_is_told_of_that_track_alone(listening, speaker):
    told = []
    listening.troubled.connect(told.append)
    speaker.failed.emit("Broken.")
    listening.play(tracks.track())
    speaker.failed.emit("Broken.")
    assert told == ["Broken."]


def test_loud_is_made_quieter_quiet_stays_and_silence_is_left(write_wav):
    sine = np.sin(np.arange(22_050) / 20)
    loud, quiet, silent = (_gain(write_wav(level * sine, name=f"{level}.wav"), 0.0) for level in (1.0, 0.01, 0.0))
    assert loud == pytest.approx(10 ** (-21 / 20), rel=0.02)  # a sine has 3 dB less than its peaks
    assert (quiet, silent) == (1.0, 1.0)
    assert _gain("/nowhere.wav", 0.0) == 1.0


def test_of_nine_hours_a_few_places_of_the_first_minutes_are_heard_and_it_plays_from_there(
    listening, speaker, tmp_path, monkeypatch, wait_for
):
    import genre_tagger.model.strip as strips

    path = str(tmp_path / "long.flac")
    soundfile.write(path, np.zeros(40 * 60 * 8_000, dtype=np.int16), 8_000)
    card = GenreModel.load(default_model_folder()).card
    places = []

    def scattered(excerpts, _):
        places[:] = [start for start, *_ in excerpts]
        loud, starts = np.ones(len(places), dtype=bool), np.sort(places)
        shares = np.full((len(places), len(card.labels)), 0.1, dtype=np.float32)
        shares[3, 0] = 0.9
        return strips.Strip(starts, starts[1] - starts[0], 3.0, shares, loud, loud, complete=False)

    monkeypatch.setattr(strips, "_scattered", scattered)
    monkeypatch.setattr(strips, "kept_or_heard", None)
    monkeypatch.setattr(listening._classifier, "load", lambda: GenreModel.load(default_model_folder()))
    track = tracks.track(path=path, length=9 * 3600.0)
    assert listening.moment(track).at == 400.0  # as long as nothing is known
    listening.look_ahead([track])
    assert speaker.told == []  # where it is tried is not known yet
    wait_for(lambda: not listening._loader.busy())
    assert (len(places), max(places) < 1200.0) == (16, True)
    assert speaker.told == [(path, "prepared", listening.moment(track).at)]
    assert listening.moment(track).at == sorted(places)[3]
    listening.play(track)
    assert speaker.told[-1] == (path, round(sorted(places)[3], 2))


def test_what_nobody_waits_for_any_more_is_not_finished(write_wav, tmp_path):
    sound = write_wav(np.sin(np.arange(22_050 * 5) / 20))
    with pytest.raises(StopIteration):
        next(iter(_best(tracks.track(path=sound, length=5.0), Classifier(None), Cache(str(tmp_path)), lambda: False)))
    with pytest.raises(DecodeError):
        next(iter(_best(tracks.track(path="/no.wav"), Classifier(None), Cache(str(tmp_path)), lambda: True)))


@pytest.fixture
def silent(qapp, monkeypatch):
    """A player where there is no sound device, and what it said of that."""
    monkeypatch.setattr("app.sound.player.player.make", lambda parent: (Clock(parent), "There is no sound."))
    player, said = Player(), []
    player.limited.connect(said.append)
    yield player, said
    player.shut()


class Desk:
    """Plays as the window does."""

    def __init__(self, player):
        self._player = player

    def play_at(self, track, seconds):
        self._player.load(track.path, start=seconds, length=track.length)
        self._player.play()


def test_without_a_sound_device_it_is_said_once_and_time_goes_on(silent, settings, tmp_path):
    player, said = silent
    one = Listening(player, Desk(player), Classifier(None), str(tmp_path), settings)
    for path in ("/a.mp3", "/b.mp3"):
        one.play(tracks.track(path=path, length=90.0))
        assert player.playing
        assert player.position == pytest.approx(30.0, abs=1.0)
    assert said == ["There is no sound."]
    assert one.stop(10.0)


def test_a_file_that_is_being_written_is_played_as_soon_as_it_may_be_read_again(silent, settings, tmp_path):
    player, _ = silent
    one = Listening(player, Desk(player), Classifier(None), str(tmp_path), settings)
    player.let_go(["/a.mp3"])
    one.play(tracks.track(path="/a.mp3", length=90.0))
    assert player.position == 30.0  # nobody holds the file, and no time goes by
    player.take_back("/a.mp3")
    assert player.playing
    assert player.position >= 30.0
    one.play(tracks.track(path="/b.mp3", length=60.0))
    player.let_go(["/b.mp3"])  # while it plays
    at = player.position
    assert player.position == at
    player.take_back()
    assert player.path == "/b.mp3"
    assert one.stop(10.0)
