"""The time axis that all lanes share: what is visible, where it plays, which region is marked."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

# Without a sampling rate nothing says how far one can zoom in.
_SHORTEST = 1e-3
_FEWEST_SAMPLES = 16
# Where the playhead is after the page has been turned, as a fraction of the page.
_TURNED = 0.05


class Timeline(QObject):
    """Times are seconds. Every change of what is visible is clamped to the length; signals come only with changes.

    Signals: range_changed(start, stop), length_changed(length), position_changed(position or None),
    region_changed((start, stop) or None), pointer_changed(time under the mouse or None), seek_asked(time).
    """

    range_changed = Signal(float, float)
    length_changed = Signal(float)
    position_changed = Signal(object)
    region_changed = Signal(object)
    pointer_changed = Signal(object)
    seek_asked = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.start, self.stop, self.length = 0.0, 1.0, 0.0
        self.position: float | None = None
        self.pointer: float | None = None
        self.region: tuple[float, float] | None = None
        self._shortest = _SHORTEST

    @property
    def span(self) -> float:
        """How much is visible."""
        return self.stop - self.start

    @property
    def is_whole(self) -> bool:
        """Whether all of it is visible."""
        return self.start <= 0 and self.stop >= self.length

    def reset(self) -> None:
        """Begin anew, for another track: nothing is known of it."""
        self.set_region(None)
        self.set_position(None)
        self.set_pointer(None)
        self._set_length(0.0)
        self._set_range(0.0, 1.0)

    def set_length(self, seconds: float, sr: float | None = None) -> None:
        """Take the length, now that it is known; where the whole was visible, the whole stays visible."""
        whole = self.is_whole
        if sr:
            self._shortest = _FEWEST_SAMPLES / sr
        self._set_length(seconds)
        if whole:
            self.whole()
        else:
            self.show(self.start, self.stop)

    def show(self, start: float, stop: float) -> None:
        """Show this stretch, or what comes closest to it."""
        most = self.length or 1.0
        span = min(max(stop - start, min(self._shortest, most)), most)
        start = (start + stop - span) / 2
        start = min(max(start, 0.0), most - span)
        self._set_range(start, start + span)

    def whole(self) -> None:
        """Show everything."""
        self._set_range(0.0, self.length or 1.0)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show less (a factor above 1) or more; the time `at` stays where it is on the screen."""
        most = self.length or 1.0
        at = (self.start + self.stop) / 2 if at is None else at
        span = min(max(self.span / factor, min(self._shortest, most)), most)
        start = at - (at - self.start) * span / self.span
        start = min(max(start, 0.0), most - span)
        self._set_range(start, start + span)

    def scroll(self, fraction: float) -> None:
        """Move the visible stretch by a fraction of its length; negative is back."""
        start = min(max(self.start + fraction * self.span, 0.0), (self.length or 1.0) - self.span)
        self._set_range(start, start + self.span)

    def set_position(self, seconds: float | None, *, follow: bool = False) -> None:
        """Say where it plays; with `follow`, the page is turned when the playhead leaves it."""
        before, self.position = self.position, seconds
        if before == seconds:
            return
        if follow and seconds is not None and before is not None and self._left_page(before, seconds):
            self._set_range(*self._page(seconds))
        self.position_changed.emit(seconds)

    def set_region(self, region: tuple[float, float] | None) -> None:
        """Mark a region, or none."""
        if region is not None:
            low, high = sorted(min(max(edge, 0.0), self.length) for edge in region)
            region = (low, high) if high > low else None
        if region != self.region:
            self.region = region
            self.region_changed.emit(region)

    def set_pointer(self, seconds: float | None) -> None:
        """Say at what time the mouse is."""
        if seconds != self.pointer:
            self.pointer = seconds
            self.pointer_changed.emit(seconds)

    def _left_page(self, before: float, now: float) -> bool:
        # Far away is a jump (the next track, a click elsewhere): that is no reason to lose what one looks at.
        return self.start <= before <= self.stop < now < self.stop + self.span

    def _page(self, seconds: float) -> tuple[float, float]:
        start = min(seconds - _TURNED * self.span, (self.length or 1.0) - self.span)
        return start, start + self.span

    def _set_length(self, seconds: float) -> None:
        if seconds != self.length:
            self.length = seconds
            self.length_changed.emit(seconds)

    def _set_range(self, start: float, stop: float) -> None:
        if (start, stop) != (self.start, self.stop):
            self.start, self.stop = start, stop
            self.range_changed.emit(start, stop)
