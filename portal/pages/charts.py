"""The seat chart as SVG: what is drawn, how far it reaches, and the same as a table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import ledger
from portal.teams.ledger import Level
from portal.teams.models import Team
from portal.teams.seats import Tally

SPANS = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("1 year")}
# The drawing's own units: a day is ten wide, whatever the page makes of it.
DAY, HEIGHT = 10, 100
LABELS = 4


@dataclass(frozen=True)
class Run:
    """Days in a row that ended with the same numbers: where they are drawn, and what they say."""

    first: date
    last: date
    assigned: int
    bought: int
    x: int
    width: int

    @property
    def when(self) -> str:
        """The days in words."""
        last = date_format(self.last, "DATE_FORMAT")
        return last if self.first == self.last else f"{date_format(self.first, 'DATE_FORMAT')} – {last}"


@dataclass(frozen=True)
class SeatChart:
    """Assigned seats as an area, bought seats as a line above it, from day to day."""

    days: int
    top: int
    runs: list[Run]
    labels: list[date]

    @property
    def spans(self) -> Mapping[int, object]:
        """How far back the chart may reach."""
        return SPANS

    @property
    def width(self) -> int:
        """How wide the drawing is, in its own units."""
        return sum(run.width for run in self.runs)

    @property
    def middle(self) -> int:
        """The number half way up."""
        return self.top // 2

    @property
    def assigned(self) -> str:
        """The line of assigned seats, in steps, as an SVG list of points."""
        return self._line([(run, run.assigned) for run in self.runs])

    @property
    def area(self) -> str:
        """What lies below the line of assigned seats."""
        return f"0,{HEIGHT} {self.assigned} {self.width},{HEIGHT}"

    @property
    def bought(self) -> str:
        """The line of bought seats."""
        return self._line([(run, run.bought) for run in self.runs])

    @property
    def newest_first(self) -> list[Run]:
        """The table's rows."""
        return self.runs[::-1]

    @property
    def summary(self) -> str:
        """The chart in one sentence, for who does not see it."""
        first, last = self.runs[0], self.runs[-1]
        return _("From {before} of {before_all} seats on {since} to {now} of {all} today.").format(
            before=first.assigned, before_all=first.bought, since=date_format(first.first, "DATE_FORMAT"),
            now=last.assigned, all=last.bought,
        )  # fmt: skip

    def _line(self, steps: list[tuple[Run, int]]) -> str:
        heights = [(run, round(HEIGHT - HEIGHT * number / self.top, 2)) for run, number in steps]
        return " ".join(f"{run.x},{y} {run.x + run.width},{y}" for run, y in heights)


def seats(team: Team, asked: str, tally: Tally) -> SeatChart:
    """Draw a team's seats over the days that were asked for; anything else asks for thirty."""
    days = int(asked) if asked in map(str, SPANS) else 30
    levels = ledger.history(team, days, tally.assigned, tally.bought)
    highest = max(max(level.assigned, level.bought) for level in levels)
    return SeatChart(days, _top(highest), _runs(levels), _labels(levels))


def _runs(levels: list[Level]) -> list[Run]:
    runs, x = [], 0
    for (assigned, bought), same in groupby(levels, lambda level: (level.assigned, level.bought)):
        days = [level.day for level in same]
        runs.append(Run(days[0], days[-1], assigned, bought, x, DAY * len(days)))
        x += DAY * len(days)
    return runs


def _top(highest: int) -> int:
    """Return an even, round number somewhat above the highest, so that the line of bought seats is seen."""
    digits = len(str(highest))
    unit: int = 2 * 10 ** max(0, digits - 2)
    return unit * math.ceil(max(highest, 1) * 1.05 / unit)


def _labels(levels: list[Level]) -> list[date]:
    """Choose a few days at even distances, the first and the last among them."""
    count = min(LABELS, len(levels))
    return [levels[round(at * (len(levels) - 1) / max(count - 1, 1))].day for at in range(count)]
