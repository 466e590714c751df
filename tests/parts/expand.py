#!/usr/bin/env python3
"""Somebody else's idea of when things happen: python-dateutil, behind a reader of calendars of its own.

Requests come on standard input, one JSON object a line; each is answered by one line.

  {"rule": RRULE, "start": LOCAL, "from": LOCAL, "to": LOCAL}     -> [LOCAL, ...]
  {"calendar": PATH, "zone": NAME, "me": ADDRESS, "from": MS, "to": MS}
                                                        -> {"UID kind": [[MS, MS], ...], ...}

It shares no code with the program under test. Where python-dateutil differs from RFC 5545, the place says so.
"""

import io
import json
import re
import sys
from datetime import datetime, timedelta, timezone

import dateutil.rrule
from dateutil import tz, zoneinfo
from dateutil.rrule import rrulestr

LOCAL = "%Y%m%dT%H%M%S"
UTC = timezone.utc
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
WINDOWS = {
    "Romance Standard Time": "Europe/Paris",
    "Eastern Standard Time": "America/New_York",
    "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris": "Europe/Paris",
}


class Enough(Exception):
    """python-dateutil has come to a month behind all that is asked for."""


class Months(dateutil.rrule._iterinfo):
    """python-dateutil looks for the next time until the year 9999; a rule that never matches must stop before."""

    last = NEVER = (9999, 12)

    def rebuild(self, year, month):
        # A rule by the year always names the start's month here.
        if (year, 1 if self.rrule._freq == dateutil.rrule.YEARLY else month) > Months.last:
            raise Enough
        super().rebuild(year, month)


dateutil.rrule._iterinfo = Months


def up_to(times, end):
    Months.last = (end.year, end.month)
    try:
        for at in times:
            if at >= end:
                return
            yield at
    except Enough:
        pass
    except ValueError as error:
        # python-dateutil finds out on the way that an interval never again meets its hours, minutes or seconds.
        if "empty rule" not in str(error):
            raise
    finally:
        # Zones that a calendar describes have rules too.
        Months.last = Months.NEVER


def rule(text, start, is_utc_until_local=None):
    """A rule on wall clocks, with what python-dateutil reads otherwise made up for."""
    parts = dict(part.split("=", 1) for part in text.upper().split(";") if part)
    days = {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}
    if parts.get("FREQ") == "YEARLY" and "BYWEEKNO" in parts and not days & set(parts):
        # python-dateutil takes all days of the week; RFC 5545 takes what is not said from the start.
        parts["BYDAY"] = DAYS[start.weekday()]
    until = parts.get("UNTIL")
    if until and len(until) == 8:
        parts["UNTIL"] = until + "T235959"
    elif until and until.endswith("Z"):
        at = datetime.strptime(until, LOCAL + "Z")
        parts["UNTIL"] = (is_utc_until_local(at) if is_utc_until_local else at).strftime(LOCAL)
    return rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)


def times_of_rule(request):
    start, begin, end = (datetime.strptime(request[name], LOCAL) for name in ("start", "from", "to"))
    try:
        times = rule(request["rule"], start)
    except ValueError as error:
        # python-dateutil finds out beforehand that some intervals never meet their hours, minutes or seconds.
        if "empty set" in str(error) or "infinite loop" in str(error):
            return []
        raise
    return [at.strftime(LOCAL) for at in up_to(times, end) if at >= begin]


# --- Calendars ---------------------------------------------------------------------------------------------------


def lines(text):
    """Name, parameters and value of each content line."""
    text = re.sub(r"\r?\n[ \t]", "", text)
    for line in text.splitlines():
        match = re.match(r'([^:;]+)((?:;[^=;:]+=(?:"[^"]*"|[^";:]*))*):(.*)$', line)
        if match:
            pairs = re.findall(r';([^=;:]+)=("[^"]*"|[^";:]*)', match[2])
            yield match[1].upper(), {name.upper(): value.strip('"') for name, value in pairs}, match[3]


def components(text):
    """Every VEVENT and VFREEBUSY: its kind, and its lines by their names."""
    stack = []
    for name, parameters, value in lines(text):
        if name == "BEGIN":
            stack.append((value.upper(), {}))
        elif name == "END":
            kind, found = stack.pop()
            if kind in ("VEVENT", "VFREEBUSY"):
                yield kind, found
        elif stack:
            stack[-1][1].setdefault(name, []).append((parameters, value))


class Reading:
    def __init__(self, text, zone):
        self.text = text
        self.home = self.zone_named(zone)

    def zone_named(self, name):
        known = zoneinfo.get_zonefile_instance().get(WINDOWS.get(name, name))
        known = known or zoneinfo.get_zonefile_instance().get("/".join(name.split("/")[-2:]))
        if known:
            return known
        # python-dateutil wants a VTIMEZONE that begins after the year 1900.
        described = self.text.replace("DTSTART:1601", "DTSTART:1970")
        return tz.tzical(io.StringIO(described)).get(name)

    def when(self, parameters, value):
        """Wall clock, zone, and whether it is a day."""
        value = value.strip()
        if len(value) == 8:
            return datetime.strptime(value, "%Y%m%d"), self.home, True
        if value.endswith("Z"):
            return datetime.strptime(value, LOCAL + "Z"), tz.UTC, False
        zone = self.zone_named(parameters["TZID"]) if "TZID" in parameters else self.home
        return datetime.strptime(value, LOCAL), zone, False


def instant(local, zone):
    return tz.resolve_imaginary(local.replace(tzinfo=zone, fold=0)).astimezone(UTC)


def duration(value):
    """Nominal days, and exact time."""
    match = re.match(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$", value)
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return timedelta(days=weeks * 7 + days), timedelta(hours=hours, minutes=minutes, seconds=seconds)


def length(event, reading):
    parameters, value = event["DTSTART"][0]
    local, zone, is_day = reading.when(parameters, value)
    if "DTEND" in event:
        end, end_zone, _ = reading.when(*event["DTEND"][0])
        if is_day:
            return max(end - local, timedelta(days=1)), timedelta()
        if "TZID" not in parameters and not value.endswith("Z"):
            return timedelta(), end - local
        return timedelta(), instant(end, end_zone) - instant(local, zone)
    if "DURATION" in event:
        return duration(event["DURATION"][0][1])
    return timedelta(days=1 if is_day else 0), timedelta()


def kind(event, me):
    def word(name):
        return event.get(name, [({}, "")])[0][1].upper()

    mine = set()
    for parameters, value in event.get("ATTENDEE", []):
        named = {value.lower().removeprefix("mailto:"), parameters.get("EMAIL", "").lower()}
        if me in named:
            mine.add(parameters.get("PARTSTAT", "").upper())
    shown = word("X-MICROSOFT-CDO-BUSYSTATUS")
    free = word("TRANSP") == "TRANSPARENT" or word("STATUS") == "CANCELLED" or "DECLINED" in mine
    if free or shown in ("FREE", "WORKINGELSEWHERE"):
        return None
    tentative = word("STATUS") == "TENTATIVE" or shown == "TENTATIVE" or "TENTATIVE" in mine
    return "tentative" if tentative else "busy"


def span(local, zone, how_long):
    nominal, exact = how_long
    return instant(local, zone), instant(local + nominal, zone) + exact


def series(master, changes, reading, end, me):
    """(kind, start, end) of all instances of one UID."""
    singles = [one for one in changes if one["RECURRENCE-ID"][0][0].get("RANGE") != "THISANDFUTURE"]
    ranges = [one for one in changes if one["RECURRENCE-ID"][0][0].get("RANGE") == "THISANDFUTURE"]
    for one in singles:
        local, zone, _ = reading.when(*one["DTSTART"][0])
        yield kind(one, me), *span(local, zone, length(one, reading))
    if master is None:
        return
    start, zone, is_day = reading.when(*master["DTSTART"][0])
    named = {start: None}
    for _, value in master.get("RRULE", []):
        until = lambda at: at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        for local in up_to(rule(value, start, until), end):
            named.setdefault(local)
    exact = []
    for parameters, values in master.get("RDATE", []):
        for value in values.split(","):
            first, _, last = value.partition("/")
            at, at_zone, _ = reading.when(parameters, first)
            how_long = None
            if last.startswith("P"):
                how_long = duration(last)
            elif last:
                until, until_zone, _ = reading.when(parameters, last)
                how_long = timedelta(), instant(until, until_zone) - instant(at, at_zone)
            exact.append((at, at_zone, how_long))
    left_out, days_out = set(), set()
    gone = [(p, v) for p, values in master.get("EXDATE", []) for v in values.split(",")]
    for parameters, value in gone + [one["RECURRENCE-ID"][0] for one in singles]:
        at, at_zone, as_day = reading.when(parameters, value)
        days_out.add(at.date()) if as_day else left_out.add(instant(at, at_zone))
    borders = sorted(
        ((instant(*reading.when(*one["RECURRENCE-ID"][0])[:2]), one) for one in ranges), key=lambda pair: pair[0]
    )
    for local, at_zone, own in [(local, zone, None) for local in named] + exact:
        at = instant(local, at_zone)
        if at in left_out or local.date() in days_out:
            continue
        who, by = master, timedelta()
        for border, one in borders:
            if at >= border:
                who = one
                new, was = reading.when(*one["DTSTART"][0])[0], reading.when(*one["RECURRENCE-ID"][0])[0]
                by = new - was
        yield kind(who, me), *span(local + by, at_zone, own or length(who, reading))


def milliseconds(at):
    return int(at.timestamp() * 1000)


def times_of_calendar(request):
    with open(request["calendar"], encoding="utf-8", newline="") as file:
        text = file.read()
    reading = Reading(text, request["zone"])
    begin, end = (datetime.fromtimestamp(request[name] / 1000, UTC) for name in ("from", "to"))
    by_uid, found = {}, {}

    def take(uid, how, start, stop):
        if how and start < end and stop > begin and start < stop:
            cut = [milliseconds(max(start, begin)), milliseconds(min(stop, end))]
            found.setdefault(f"{uid} {how}", []).append(cut)

    for name, event in components(text):
        uid = event["UID"][0][1]
        if name == "VFREEBUSY":
            for parameters, values in event.get("FREEBUSY", []):
                how = {"BUSY-TENTATIVE": "tentative", "FREE": None}.get(parameters.get("FBTYPE"), "busy")
                for value in values.split(","):
                    first, last = value.split("/")
                    start = instant(*reading.when(parameters, first)[:2])
                    if last.startswith("P"):
                        stop = start + sum(duration(last), timedelta())
                    else:
                        stop = instant(*reading.when(parameters, last)[:2])
                    take(uid, how, start, stop)
            continue
        by_uid.setdefault(uid, []).append(event)
    for uid, events in by_uid.items():
        masters = [event for event in events if "RECURRENCE-ID" not in event]
        latest = {}
        for event in events:
            if "RECURRENCE-ID" in event:
                which, sequence = event["RECURRENCE-ID"][0][1], int(event.get("SEQUENCE", [({}, "0")])[0][1])
                if which not in latest or latest[which][0] <= sequence:
                    latest[which] = sequence, event
        changes = [event for _, event in latest.values()]
        last = end.replace(tzinfo=None) + timedelta(days=3)
        for how, start, stop in series(masters[0] if masters else None, changes, reading, last, request["me"]):
            take(uid, how, start, stop)
    return {key: union(intervals) for key, intervals in found.items()}


def union(intervals):
    whole = []
    for start, end in sorted(intervals):
        if whole and start <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], end)
        else:
            whole.append([start, end])
    return whole


for line in sys.stdin:
    request = json.loads(line)
    answer = times_of_rule(request) if "rule" in request else times_of_calendar(request)
    print(json.dumps(answer))
