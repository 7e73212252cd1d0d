"""What a report must show of any dates and any value, in plain Python, from relations as lists of dictionaries."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from oracle_analyses import SECOND, in_visit_order, index_of
from oracle_rules import FIRST_DAY_ENDS, LAST_DAY_BEGINS, date_of

HOUR = 3600 * SECOND
LENGTHS = [0, 10 * SECOND, 30 * SECOND, 60 * SECOND, 180 * SECOND, 600 * SECOND, 1800 * SECOND, HOUR, 2 * HOUR]
DEPTHS = [1, 2, 3, 4, 5, 10, 20, 50]
PAUSES = [
    *(n * SECOND for n in (1, 3, 10, 30, 60, 180, 600, 1800)),
    *(n * HOUR for n in (1, 3, 12, 24, 72, 168, 720)),
]


def hour_of(microseconds, zone):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    if FIRST_DAY_ENDS <= microseconds < LAST_DAY_BEGINS:
        moment = moment.astimezone(ZoneInfo(zone))
    return moment.hour


def weekday_of(microseconds, zone):
    return datetime.fromisoformat(date_of(microseconds, zone)).weekday()


def place_in(bounds, value):
    return sum(value > bound for bound in bounds)


def place_of(value, among):
    """The place of a value among frequent ones; then come the others, and then null."""
    if value is None:
        return len(among) + 1
    return next((n for n, one in enumerate(among) if one == value and type(one) is type(value)), len(among))


class Report:
    """What a report shows, of the sessions that start in some steps and have one value, or any."""

    def __init__(self, relations, *, period, zone, first, last, is_chosen):
        self.period, self.zone, self.relations = period, zone, relations
        self.step_of = {one["session_id"]: self.number(one["session_start_at"], period) for one in relations["sessions"]}
        of_value = [one for one in relations["sessions"] if is_chosen(one)]
        self.sessions = [one for one in of_value if first <= self.step_of[one["session_id"]] <= last]
        earlier = first - (last - first + 1)
        self.before = [one for one in of_value if earlier <= self.step_of[one["session_id"]] < first]
        self.events = defaultdict(list)
        for event in sorted(relations["session_events"], key=in_visit_order):
            self.events[event["session_id"]].append(event)

    def number(self, moment, period):
        return index_of(date_of(moment, self.zone), period)

    def visitors(self, sessions=None):
        return len({one["dbt_visitor_id"] for one in (self.sessions if sessions is None else sessions)})

    def totals(self, sessions=None):
        chosen = self.sessions if sessions is None else sessions
        return {
            "sessions": len(chosen),
            "events": sum(one["num_pvs"] for one in chosen),
            "page_views": sum(one["page_views"] for one in chosen),
            "conversions": sum(one["conversions"] for one in chosen),
            "converted": sum(one["conversions"] > 0 for one in chosen),
            "engaged": sum(one["is_engaged"] for one in chosen),
            "with_a_view": sum(one["is_bounce"] is not None for one in chosen),
            "bounces": sum(bool(one["is_bounce"]) for one in chosen),
            "counter_0": sum(one["cnt_viewed_product"] for one in chosen),
        }

    def by_day(self):
        return Counter(self.step_of[one["session_id"]] for one in self.sessions)

    def first_ones(self):
        return Counter(int(one["session_sequence_number"] == 1) for one in self.sessions)

    def lengths(self):
        return Counter(place_in(LENGTHS, one["ended_at"] - one["session_start_at"]) for one in self.sessions)

    def depths(self):
        return Counter(place_in(DEPTHS, one["num_pvs"]) for one in self.sessions)

    def hours(self):
        starts = [one["session_start_at"] for one in self.sessions]
        return Counter((weekday_of(one, self.zone), hour_of(one, self.zone)) for one in starts)

    def pauses(self):
        chosen = {one["session_id"] for one in self.sessions}
        of_visitor, found = defaultdict(list), Counter()
        for event in sorted(self.relations["session_events"], key=in_visit_order):
            of_visitor[event["dbt_visitor_id"]].append(event)
        for events in of_visitor.values():
            for before, event in pairwise(events):
                if event["session_id"] in chosen:
                    found[place_in(PAUSES, event["timestamp"] - before["timestamp"])] += 1
        return found

    def breakdown(self, column, items):
        return Counter(place_of(one[column], items) for one in self.sessions)

    def steps(self, names):
        found = Counter()
        for session in self.sessions:
            places = [place_of(one["event"], names) for one in self.events[session["session_id"]][:5]]
            following = [*places[1:], *([len(names) + 2] if len(places) < 5 else [])]
            found.update((n + 1, *pair) for n, pair in enumerate(zip(places, following, strict=False)))
        return found

    def funnel(self, stages):
        found = Counter()
        for session in self.sessions:
            rest = iter([one["event"] for one in self.events[session["session_id"]]])
            for n, stage in enumerate(stages):
                if stage not in rest:  # this also moves on to what follows it
                    break
                found[n] += 1
        return found

    def cohorts(self):
        longer = "month" if self.period == "month" else "week"
        came = defaultdict(set)
        for one in self.relations["sessions"]:
            came[one["dbt_visitor_id"]].add(self.number(one["session_start_at"], longer))
        found = Counter()
        for one in self.sessions:
            if one["session_sequence_number"] == 1:
                seen = self.number(one["session_start_at"], longer)
                found.update((seen, later - seen) for later in came[one["dbt_visitor_id"]] if 0 <= later - seen <= 12)
        return found
