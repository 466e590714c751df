//! Recurrence against an independent implementation: python-dateutil behind `tests/parts/expand.py`.
//!
//! Every calendar of `tests/fixtures/calendars` in three zones, and 10,000 random rules. What is left out of the
//! random rules, and why, is told in `docs/calendar.md`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use entente::base::text::Address;
use entente::base::{Chance, Timestamp, Zone};
use entente::itip::feed::{self, Interval, Kind, Reader};
use entente::recur::{Budget, Outcome, Rule, Span};
use serde_json::{Value, json};

const RULES: usize = 10_000;
/// Another seed makes other rules: `ENTENTE_SEED` names one.
const SEED: u64 = 5545;
const ME: &str = "ana@example.org";
const LOCAL: &str = "%Y%m%dT%H%M%S";

/// One answer per request.
fn asked(requests: &[Value]) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("tests/.parts/python/bin/python3");
    let mut child = Command::new(&python)
        .arg(root.join("tests/parts/expand.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; tests/run makes it", python.display()));
    let mut input = child.stdin.take().expect("its input is a pipe");
    let lines = requests.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "expand.py says above why it failed");
    writer.join().expect("no panic").expect("it reads everything");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), requests.len(), "every request is answered");
    answers
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

#[test]
fn calendars_take_the_time_that_python_dateutil_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/calendars");
    let files = std::fs::read_dir(folder).expect("the calendars").map(|entry| entry.expect("one").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    assert!(files.len() >= 60, "{} calendars", files.len());
    let (from, to) = (at("2026-10-01T00:00:00Z"), at("2027-04-15T00:00:00Z"));
    let me = [Address::parse(ME).expect("an address")];
    let (mut requests, mut ours) = (Vec::new(), Vec::new());
    for file in &files {
        for zone in ["Europe/Paris", "America/New_York", "Asia/Kolkata"] {
            let name = format!("{} in {zone}", file.file_name().expect("a name").to_string_lossy());
            requests
                .push(json!({"calendar": file, "zone": zone, "me": ME, "from": from.ms(), "to": to.ms()}));
            let reader = Reader { me: &me, zone: Zone::parse(zone).expect("a zone"), from, to };
            let bytes = std::fs::read(file).expect("a calendar");
            let feed = feed::read(&bytes, &reader).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            assert_eq!(feed.faults, [], "{name}");
            let mut found: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
            for event in feed.events.into_iter().filter(|event| !event.intervals.is_empty()) {
                let kind = match event.kind {
                    Kind::Busy => "busy",
                    Kind::Tentative => "tentative",
                };
                found.entry(format!("{} {kind}", event.key.uid)).or_default().extend(event.intervals);
            }
            ours.push((name, found));
        }
    }
    let mut differing = Vec::new();
    for (theirs, (name, ours)) in asked(&requests).into_iter().zip(ours) {
        let ours: BTreeMap<String, Vec<[i64; 2]>> = ours
            .into_iter()
            .map(|(key, all)| (key, feed::union(all).into_iter().map(|one| [one.start, one.end]).collect()))
            .collect();
        let theirs: BTreeMap<String, Vec<[i64; 2]>> = serde_json::from_value(theirs).expect("intervals");
        if ours != theirs {
            differing.push(format!("{name}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

/// A random rule and what is asked of it.
struct Case {
    rule: String,
    start: NaiveDateTime,
    from: NaiveDateTime,
    to: NaiveDateTime,
}

struct Dice(Chance);

impl Dice {
    fn up_to(&self, most: i64) -> i64 {
        i64::try_from(self.0.up_to(most.unsigned_abs())).expect("a small number")
    }

    fn one_in(&self, n: i64) -> bool {
        self.up_to(n - 1) == 0
    }

    fn pick<'a>(&self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.up_to(i64::try_from(from.len()).expect("few") - 1)).expect("an index")]
    }

    /// One to three numbers, some of them counted from the end where that may be.
    fn numbers(&self, min: i64, max: i64, back_to: i64) -> String {
        let number = |_| {
            if back_to > 0 && self.one_in(3) {
                -1 - self.up_to(back_to - 1)
            } else {
                min + self.up_to(max - min)
            }
        };
        (0..=self.up_to(2)).map(number).map(|number| number.to_string()).collect::<Vec<_>>().join(",")
    }

    fn weekdays(&self, may_count: bool) -> String {
        const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let counted = may_count && self.one_in(2);
        let day = |_| {
            let nth = if counted { self.pick(&["1", "2", "-1", "3", "5", "-2", "+1", "-5"]) } else { "" };
            format!("{nth}{}", self.pick(&DAYS))
        };
        (0..=self.up_to(3)).map(day).collect::<Vec<_>>().join(",")
    }

    fn case(&self) -> Case {
        let frequency = self.pick(&[
            "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY",
            "YEARLY", "YEARLY",
        ]);
        let (back, ahead, long) = reach(frequency);
        let middle =
            NaiveDate::from_ymd_opt(2026, 11, 25).and_then(|day| day.and_hms_opt(0, 0, 0)).expect("a time");
        let mut start = middle - TimeDelta::hours(self.up_to(back)) + TimeDelta::minutes(5 * self.up_to(287));
        if self.one_in(4) {
            start += TimeDelta::seconds(self.up_to(59));
        }
        let mut parts = vec![format!("FREQ={frequency}")];
        let mut add = |name: &str, value: String| parts.push(format!("{name}={value}"));
        if self.one_in(2) {
            add("INTERVAL", (1 + self.up_to(if self.one_in(5) { 90 } else { 4 })).to_string());
        }
        let week_start = self.pick(&["MO", "MO", "SU", "WE"]);
        if week_start != "MO" {
            add("WKST", week_start.to_owned());
        }
        if self.one_in(4) {
            add("BYMONTH", self.numbers(1, 12, 0));
        }
        let has_week = frequency == "YEARLY" && self.one_in(5);
        if has_week {
            add("BYWEEKNO", self.numbers(1, 51, 51));
        }
        let may_name_year_days = !matches!(frequency, "DAILY" | "WEEKLY" | "MONTHLY");
        if may_name_year_days && self.one_in(6) {
            add("BYYEARDAY", self.numbers(1, 366, 366));
        }
        if frequency != "WEEKLY" && self.one_in(4) {
            add("BYMONTHDAY", self.numbers(1, 31, 31));
        }
        if self.one_in(2) {
            add("BYDAY", self.weekdays(matches!(frequency, "MONTHLY" | "YEARLY") && !has_week));
        }
        if self.one_in(5) {
            add("BYHOUR", self.numbers(0, 23, 0));
        }
        if self.one_in(6) {
            add("BYMINUTE", self.numbers(0, 59, 0));
        }
        if self.one_in(8) {
            add("BYSECOND", self.numbers(0, 59, 0));
        }
        // A position needs a set to be a position in.
        if parts.iter().any(|part| part.starts_with("BY")) && self.one_in(4) {
            parts.push(format!("BYSETPOS={}", self.numbers(1, 6, 4)));
            if frequency == "WEEKLY" {
                let first = [("MO", 0), ("WE", 2), ("SU", 6)].into_iter().find(|day| day.0 == week_start);
                let behind = i64::from(start.weekday().num_days_from_monday()) - first.map_or(0, |day| day.1);
                start -= TimeDelta::days(behind.rem_euclid(7));
            }
        }
        match self.up_to(5) {
            0 => parts.push(format!("COUNT={}", 1 + self.up_to(200))),
            1 => {
                let until = start + TimeDelta::hours(self.up_to(back + long));
                parts.push(format!("UNTIL={}", until.format(LOCAL)));
            }
            2 => {
                let until = start + TimeDelta::hours(self.up_to(back + long));
                parts.push(format!("UNTIL={}", until.format("%Y%m%d")));
            }
            _ => {}
        }
        let from = start + TimeDelta::hours(self.up_to(ahead));
        Case { rule: parts.join(";"), start, from, to: from + TimeDelta::hours(1 + self.up_to(long)) }
    }
}

/// How many hours before the middle a rule starts at most, how many after its start the span begins, and how long the
/// span is.
fn reach(frequency: &str) -> (i64, i64, i64) {
    match frequency {
        "SECONDLY" => (5, 5, 24),
        "MINUTELY" => (48, 48, 24 * 8),
        "HOURLY" => (24 * 60, 24 * 60, 24 * 40),
        "DAILY" | "WEEKLY" => (24 * 2_000, 24 * 700, 24 * 120),
        _ => (24 * 9_000, 24 * 3_000, 24 * 1_500),
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the seed is the test's own, and not the program's")]
fn ten_thousand_random_rules_find_the_times_that_python_dateutil_finds() {
    let seed = std::env::var("ENTENTE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    println!("ENTENTE_SEED={seed}");
    let dice = Dice(Chance::seeded(seed));
    let cases: Vec<Case> = (0..RULES).map(|_| dice.case()).collect();
    let requests: Vec<Value> = cases
        .iter()
        .map(|case| {
            let [start, from, to] = [case.start, case.from, case.to].map(|at| at.format(LOCAL).to_string());
            json!({"rule": case.rule, "start": start, "from": from, "to": to})
        })
        .collect();
    let (mut differing, mut total) = (Vec::new(), 0);
    for (case, theirs) in cases.iter().zip(asked(&requests)) {
        let rule: Rule = case.rule.parse().unwrap_or_else(|bad| panic!("{}: {bad}", case.rule));
        let until = rule.until().map(|until| match until {
            entente::recur::Until::Day(day) => day.and_hms_opt(23, 59, 59).expect("a time"),
            entente::recur::Until::Local(at) | entente::recur::Until::Utc(at) => at,
        });
        let span = Span { start: case.start, until, from: case.from, to: case.to };
        let mut ours = Vec::new();
        let outcome =
            rule.walk(&span, &mut Budget::of(2_000_000), &mut |at| ours.push(at.format(LOCAL).to_string()));
        assert!(!matches!(outcome, Outcome::Spent { .. }), "{}", case.rule);
        let theirs: Vec<String> = serde_json::from_value(theirs).expect("times");
        total += theirs.len();
        if ours != theirs {
            let first = (0..ours.len().max(theirs.len()))
                .find(|i| ours.get(*i) != theirs.get(*i))
                .unwrap_or_default();
            differing.push(format!(
                "{} from {} in {}..{}: at {first} ours {:?} ({}), theirs {:?} ({})",
                case.rule,
                case.start,
                case.from,
                case.to,
                ours.get(first),
                ours.len(),
                theirs.get(first),
                theirs.len()
            ));
        }
    }
    assert!(total > 10 * RULES, "only {total} times were compared");
    let shown = differing.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differing.is_empty(), "seed {seed}: {} of {RULES} differ:\n{shown}", differing.len());
}
