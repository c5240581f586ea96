"""The gate: the only way from the counts of other people's patients to a screen.

A comparison is admitted before anything is counted for it: both cohorts hold enough patients, and
together with everything released to the same person before they single nobody out. What was
released stands in the record store, so that all workers and all days count.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import TypeVar

from data_access.errors import CohortRefused
from data_access.record.cohort_releases import CohortReleases, ReleasesChanged
from data_access.record.store import Record
from data_access.record.viewer import Actor, Viewer
from data_access.warehouse.cohort_counts import CountryCounts, RawCounts, memberships, own_people
from data_access.warehouse.cohort_questions import Answers
from models.arrays import Bools
from models.cohort.audit import Audit
from models.cohort.definition import Cohort, parse_cohort
from models.cohort.membership import own_only, without_own_places
from models.cohort.release import Protection

T = TypeVar("T")

MOST_TRIES = 5
MOST_BOOKS = 16
MOST_RESULTS = 512
MOST_MEMBERSHIPS = 64

TOO_FEW = (
    "{which} holds fewer than 10 patients, your own not counted unless the definition names only"
    " your own places: nothing can be shown of it. Leave a filter out."
)
"""One sentence for both rules: otherwise it would tell how many of them are not the viewer's."""

TOO_ALIKE = (
    "{which} holds the same patients as cohorts that you have seen, or differs from them, or from"
    " what can be worked out of them, by fewer than 10. Change its filters by more, or leave one"
    " out."
)
"""One sentence for all: otherwise the refusal itself would tell which it is."""


@dataclass
class _Book:
    """What was released to one person, as far as this process has looked."""

    own: Bools
    scopes: tuple[str, ...]
    audit: Audit
    newest: int = 0
    expressions: set[str] = field(default_factory=set)


class CohortGate:
    """Admits comparisons and keeps what was computed for them; one per server."""

    def __init__(self, record: Callable[[], Record]) -> None:
        self._record = record
        self._lock = threading.RLock()
        self._books: OrderedDict[object, _Book] = OrderedDict()
        self._results: OrderedDict[object, object] = OrderedDict()
        self._memberships: OrderedDict[object, Bools] = OrderedDict()

    def admit(
        self, data: Answers, actor: Actor, wanted: Sequence[Cohort], optional: Iterable[Cohort]
    ) -> set[str]:
        """Release the numbers of cohorts to somebody, with an entry in the access log.

        Args:
            data: the snapshot.
            actor: to whom.
            wanted: cohorts without which nothing is shown.
            optional: cohorts that are left out where they may not be released.

        Returns:
            Expressions of those of ``optional`` that may be shown.

        Raises:
            CohortRefused: one of ``wanted`` may not be released; the refusal is logged.
            NotAllowed: the user's access changed meanwhile.
            RecordUnavailable: it could not be written down; nothing may be shown.
        """
        optional = list(optional)
        for _ in range(MOST_TRIES):
            with self._lock:
                book = self._book(data, actor)
                trial = _Trial(book, self._members(data, book, [*wanted, *optional]))
                try:
                    for cohort in wanted:
                        trial.require(cohort)
                except CohortRefused:
                    self._releases.refuse(actor, data.snapshot.id)
                    raise
                shown = {cohort.expression for cohort in optional if trial.admits(cohort)}
                try:
                    newest = self._releases.admit(actor, data.snapshot.id, trial.fresh, book.newest)
                except ReleasesChanged:
                    continue
                book.audit, book.newest = trial.audit, newest
                book.expressions.update(trial.fresh)
                return shown
        raise CohortRefused("Many comparisons are being made under this account: try again.")

    def size(self, data: Answers, actor: Actor, cohort: Cohort) -> Protection:
        """The rules for a cohort of which numbers may be released."""
        with self._lock:
            book = self._book(data, actor)
            return _Trial(book, self._members(data, book, [cohort])).protection(cohort)

    def overlap(self, data: Answers, actor: Actor, a: Cohort, b: Cohort) -> bool:
        """Whether somebody belongs to both cohorts, which were admitted before."""
        with self._lock:
            members = self._members(data, self._book(data, actor), (a, b))
        return bool((members[a] & members[b]).any())

    def panel(self, key: object, compute: Callable[[], T]) -> T:
        """A released panel, computed once for each key."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]  # type: ignore[return-value]
        made = compute()
        with self._lock:
            self._results[key] = made
            while len(self._results) > MOST_RESULTS:
                self._results.popitem(last=False)
        return made

    def admitted(self, data: Answers, actor: Actor, cohorts: Iterable[Cohort]) -> bool:
        """Whether all of these were released to somebody before."""
        with self._lock:
            known = self._book(data, actor).expressions
            return all(cohort.expression in known for cohort in cohorts)

    @property
    def _releases(self) -> CohortReleases:
        return self._record().releases

    def _book(self, data: Answers, actor: Actor) -> _Book:
        """What was released to somebody, brought up to date with the record store."""
        key = (data.snapshot.id, data.snapshot.created, actor)
        book = self._books.get(key)
        if book is None:
            mine = own_people(data, scopes_of(actor))
            book = _Book(mine, scopes_of(actor), Audit(int((~mine).sum())))
            self._books[key] = book
            while len(self._books) > MOST_BOOKS:
                self._books.popitem(last=False)
        self._books.move_to_end(key)
        fresh = [one for one in self._releases.released_to(actor) if one.id > book.newest]
        # What was released of other data says as much of these people.
        cohorts = {one.expression: parse_cohort(one.expression) for one in fresh}
        members = self._members(data, book, list(cohorts.values()))
        for released in fresh:
            book.audit.admits(members[cohorts[released.expression]][~book.own])
            book.expressions.add(released.expression)
            book.newest = released.id
        return book

    def _members(
        self, data: Answers, book: _Book, cohorts: Sequence[Cohort]
    ) -> dict[Cohort, Bools]:
        """Who belongs to each cohort; asked for at once where it is not known yet."""
        here = (data.snapshot.id, data.snapshot.created)
        parts = {cohort: _parts(cohort) for cohort in cohorts}
        needed = dict.fromkeys(part for made_of in parts.values() for part in made_of)
        known = {
            one: self._memberships[here, one] for one in needed if (here, one) in self._memberships
        }
        missing = [one for one in needed if one not in known]
        if missing:
            known |= zip(missing, memberships(data, missing, len(book.own)), strict=True)
        for part, member in known.items():
            self._memberships[here, part] = member
            self._memberships.move_to_end((here, part))
        while len(self._memberships) > MOST_MEMBERSHIPS:
            self._memberships.popitem(last=False)
        return {
            cohort: reduce(and_, (known[part] for part in made_of))
            for cohort, made_of in parts.items()
        }


def _parts(cohort: Cohort) -> tuple[Cohort, ...]:
    """Cohorts whose common members are a cohort's: its country apart, which many share."""
    places = [one for one in cohort.conditions if one.variable.name == "country"]
    rest = cohort.without("country")
    if len(places) != 1 or not rest.conditions:
        return (cohort,)
    return (Cohort((places[0],)), rest)


class _Trial:
    """Cohorts tried on a copy of what was released."""

    def __init__(self, book: _Book, members: Mapping[Cohort, Bools]) -> None:
        self._book = book
        self._members = members
        self.audit = book.audit.copy()
        self.fresh: list[str] = []

    def require(self, cohort: Cohort) -> None:
        """Release a cohort, or say why not."""
        if not self.protection(cohort).is_enough:
            raise CohortRefused(TOO_FEW.format(which=f"“{cohort.words}”"))
        if not self._released(cohort):
            raise CohortRefused(TOO_ALIKE.format(which=f"“{cohort.words}”"))

    def admits(self, cohort: Cohort) -> bool:
        """Release a cohort if it may be."""
        return self.protection(cohort).is_enough and self._released(cohort)

    def _is_same_others(self, cohort: Cohort) -> bool:
        """Whether a cohort differs from a released one by the viewer's own places alone."""
        scopes = self._book.scopes
        known = {*self._book.expressions, *self.fresh}
        apart = without_own_places(cohort, scopes).expression
        return apart in {without_own_places(parse_cohort(one), scopes).expression for one in known}

    def protection(self, cohort: Cohort) -> Protection:
        """Patients of a cohort, and those who are not the viewer's own."""
        member = self._members[cohort]
        others = int((member & ~self._book.own).sum())
        return Protection(int(member.sum()), others, own_only(cohort, self._book.scopes))

    def _released(self, cohort: Cohort) -> bool:
        expression = cohort.expression
        if expression in self._book.expressions or expression in self.fresh:
            return True
        member = self._members[cohort]
        others = member[~self._book.own]
        # The same patients under another definition would tell that all of them have the
        # difference between the two.
        if others.any() and self.audit.repeats(others) and not self._is_same_others(cohort):
            return False
        if not self.audit.admits(others):
            return False
        self.fresh.append(expression)
        return True


def scopes_of(actor: Actor) -> tuple[str, ...]:
    """Whose patients somebody may look at one by one; commands are nobody's."""
    return actor.scopes if isinstance(actor, Viewer) else ()


def raw_counts(
    data: Answers, actor: Actor, a: Cohort, b: Cohort, part: tuple[CountryCounts, str] | None = None
) -> RawCounts:
    """The counts of an admitted comparison; ``part`` as in ``RawCounts``."""
    return RawCounts(data, a, b, scopes_of(actor), part)


def country_counts(data: Answers, actor: Actor, a: Cohort, b: Cohort) -> CountryCounts:
    """Where the counts of the admitted parts of a comparison are taken from."""
    return CountryCounts(data, a, b, scopes_of(actor))
