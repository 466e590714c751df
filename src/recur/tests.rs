//! Rules as tables: the examples of RFC 5545 that are easily got wrong, leaps, and budgets.

use chrono::NaiveDateTime;
use proptest::prelude::*;

use super::{Budget, Outcome, Rule, Span};

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap()
}

fn walk(rule: &str, start: &str, from: &str, to: &str, steps: u32) -> (Vec<String>, Outcome, u32) {
    let rule: Rule = rule.parse().unwrap();
    let mut budget = Budget::of(steps);
    let mut found = Vec::new();
    let span = Span { start: at(start), until: None, from: at(from), to: at(to) };
    let outcome = rule.walk(&span, &mut budget, &mut |at| found.push(at.format("%Y%m%dT%H%M%S").to_string()));
    (found, outcome, steps - budget.left())
}

#[test]
fn examples_of_the_standard_that_are_easily_got_wrong() {
    const TABLE: &[(&str, &str, &str)] = &[
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "19970512T090000", "19970512 19980511 19990517"),
        ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", "19970519T090000", "19970519 19980518 19990517"),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4",
            "19970902T090000",
            "19980213 19980313 19981113 19990813",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "19970928T090000", "19970928 19971029 19971128"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904T090000", "19970904 19971007 19971106"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3",
            "19970929T090000",
            "19970929 19971030 19971127",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "19970805T090000",
            "19970805 19970810 19970819 19970824",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "19970805T090000",
            "19970805 19970817 19970819 19970831",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "20070115T090000",
            "20070115 20070130 20070215 20070315 20070330",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200",
            "19970101T090000",
            "19970101 19970410 19970719 20000101",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            "19961105T090000",
            "19961105 20001107 20041102",
        ),
        ("FREQ=YEARLY;COUNT=2", "20240229T090000", "20240229 20280229"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=3", "20040314T090000", "20050102 20100103 20160103"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR;COUNT=2", "20200101T090000", "20210101 20270101"),
        ("FREQ=YEARLY;BYYEARDAY=-366;COUNT=2", "20200101T090000", "20200101 20240101"),
    ];
    for (rule, start, days) in TABLE {
        let (found, outcome, _) = walk(rule, start, start, "20500101T000000", 1_000_000);
        let found: Vec<&str> = found.iter().map(|at| &at[..8]).collect();
        assert_eq!((found.join(" "), outcome), ((*days).to_owned(), Outcome::Ended), "{rule}");
    }
}

#[test]
fn hours_minutes_and_seconds_are_sets_too() {
    const TABLE: &[(&str, &str)] = &[
        ("FREQ=HOURLY;INTERVAL=3;COUNT=3", "02T0900 02T1200 02T1500"),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "02T0900 02T1030 02T1200 02T1330"),
        ("FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,40;COUNT=5", "02T0900 02T0940 02T1000 02T1040 03T0900"),
        ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=16;BYDAY=TH;COUNT=4", "04T1600 04T1620 04T1640 11T1600"),
        ("FREQ=HOURLY;BYMONTHDAY=5;BYMINUTE=15,45;BYSETPOS=-1;COUNT=2", "05T0045 05T0145"),
        ("FREQ=SECONDLY;BYSECOND=0;BYMINUTE=30;BYHOUR=23;BYMONTHDAY=-1;COUNT=1", "30T2330"),
    ];
    for (rule, times) in TABLE {
        let (found, outcome, _) =
            walk(rule, "19970902T090000", "19970902T090000", "19971231T000000", 100_000);
        let found: Vec<&str> = found.iter().map(|at| &at[6..13]).collect();
        assert_eq!((found.join(" "), outcome), ((*times).to_owned(), Outcome::Ended), "{rule}");
    }
}

#[test]
fn a_rule_from_1970_is_entered_at_the_span() {
    const TABLE: &[(&str, usize)] = &[
        ("FREQ=SECONDLY", 60),
        ("FREQ=SECONDLY;COUNT=4294967295", 60),
        ("FREQ=SECONDLY;INTERVAL=7;BYDAY=MO,TU,WE,TH,FR,SA,SU", 8),
        ("FREQ=MINUTELY;INTERVAL=1;COUNT=100000000", 1),
        ("FREQ=HOURLY;BYMINUTE=0", 1),
        ("FREQ=DAILY;COUNT=10000000", 1),
        ("FREQ=WEEKLY;BYDAY=WE", 1),
        ("FREQ=MONTHLY;BYDAY=-1WE", 1),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4WE", 1),
    ];
    for (rule, count) in TABLE {
        let (found, outcome, steps) =
            walk(rule, "19700101T000000", "20261125T000000", "20261125T000100", 5_000);
        assert_eq!((found.len(), outcome), (*count, Outcome::GoesOn), "{rule}: {found:?}");
        assert!(steps < 1_000, "{rule} took {steps} steps");
    }
    let (found, outcome, steps) =
        walk("FREQ=SECONDLY;COUNT=10000000", "20260101T000000", "20261125T000000", "20261225T000000", 5_000);
    assert_eq!(
        (found.len(), outcome, steps),
        (0, Outcome::Ended, 0),
        "ten million seconds are over in April"
    );
}

#[test]
fn rules_that_never_match_end_with_the_span_or_the_budget() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=6;BYMONTHDAY=31",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;INTERVAL=4294967295;BYMONTH=1",
        "FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30;BYDAY=MO",
    ] {
        let (found, outcome, _) =
            walk(rule, "20200103T000000", "20261125T000000", "20270225T000000", 100_000);
        assert_eq!(found, Vec::<String>::new(), "{rule}");
        assert!(!matches!(outcome, Outcome::Spent { .. }), "{rule}: {outcome:?}");
    }
    let never = "FREQ=SECONDLY;COUNT=5;BYSECOND=30;INTERVAL=60";
    let (found, outcome, _) = walk(never, "19700101T000000", "20261125T000000", "20270225T000000", 100_000);
    assert_eq!(found, Vec::<String>::new());
    assert!(matches!(outcome, Outcome::Spent { reached } if reached < at("20000101T000000")), "{outcome:?}");
}

#[test]
fn what_is_found_before_the_budget_is_spent_is_told() {
    let (found, outcome, steps) =
        walk("FREQ=SECONDLY", "20261125T000000", "20261125T000000", "20270225T000000", 1_000);
    assert_eq!((found.len(), steps), (500, 1_000));
    assert_eq!(outcome, Outcome::Spent { reached: at("20261125T000820") });
}

#[test]
fn rules_that_mean_nothing_are_refused_by_their_part() {
    for (rule, part) in [
        ("", "no FREQ"),
        ("COUNT=3", "no FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=DAILY;COUNT=-1", "COUNT=-1"),
        ("FREQ=DAILY;COUNT=99999999999", "COUNT=99999999999"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL=20260230"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO"),
        ("FREQ=MONTHLY;BYDAY=éO", "BYDAY=éO"),
        ("FREQ=MONTHLY;BYDAY=MO;BYDAY=TU", "BYDAY=TU"),
        ("FREQ=MONTHLY;RSCALE=HEBREW", "RSCALE=HEBREW"),
        ("FREQ=MONTHLY;BYEASTER=1", "BYEASTER=1"),
    ] {
        let error = rule.parse::<Rule>().unwrap_err().to_string();
        assert!(error.contains(part), "{rule}: {error}");
    }
    for lenient in
        ["freq=daily; interval=2 ;", "RRULE:FREQ=DAILY;INTERVAL=2", "X-A=1;INTERVAL=2;FREQ=DAILY;BYDAY="]
    {
        assert_eq!(lenient.parse::<Rule>().unwrap().to_string(), "FREQ=DAILY;INTERVAL=2", "{lenient}");
    }
}

fn any_rule() -> impl Strategy<Value = String> {
    let list = |name: &'static str, range: std::ops::Range<i32>| {
        prop_oneof![
            3 => Just(String::new()),
            1 => prop::collection::vec(range, 1..4).prop_map(move |values| {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                format!(";{name}={}", values.join(","))
            })
        ]
    };
    let frequency =
        prop::sample::select(vec!["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let days = prop::sample::select(vec!["", "", ";BYDAY=MO", ";BYDAY=-1FR,2TU", ";BYDAY=SA,SU;WKST=SU"]);
    let end = prop::sample::select(vec![
        "",
        ";COUNT=3",
        ";COUNT=4000000000",
        ";UNTIL=20270101",
        ";UNTIL=20260101T000000Z",
    ]);
    let numbers = (
        list("BYMONTH", 1..13),
        list("BYMONTHDAY", 1..32),
        list("BYYEARDAY", -366..0),
        list("BYWEEKNO", 1..54),
        list("BYHOUR", 0..24),
        list("BYMINUTE", 0..60),
        list("BYSECOND", 0..60),
        list("BYSETPOS", 1..5),
    );
    (frequency, 1..40_u32, end, days, numbers).prop_map(|(frequency, interval, end, days, n)| {
        format!(
            "FREQ={frequency};INTERVAL={interval}{end}{days}{}{}{}{}{}{}{}{}",
            n.0, n.1, n.2, n.3, n.4, n.5, n.6, n.7
        )
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(rule in any_rule()) {
        let read: Rule = rule.parse().unwrap();
        prop_assert_eq!(read.to_string().parse::<Rule>().unwrap(), read);
    }

    /// Entering a rule at the span finds what walking there from its start finds.
    #[test]
    fn a_leap_misses_nothing(rule in any_rule(), ahead in 0..4_000_i64, length in 1..200_i64) {
        let rule: Rule = rule.parse().unwrap();
        let start = at("20200229T101530");
        let from = start + chrono::TimeDelta::hours(ahead);
        let to = from + chrono::TimeDelta::hours(length);
        let find = |from| {
            let mut found = Vec::new();
            let span = Span { start, until: None, from, to };
            let outcome = rule.walk(&span, &mut Budget::of(300_000), &mut |at| found.push(at));
            (found, outcome)
        };
        let ((near, ending), (mut all, whole)) = (find(from), find(start));
        if !matches!(ending, Outcome::Spent { .. }) && !matches!(whole, Outcome::Spent { .. }) {
            all.retain(|at| *at >= from);
            prop_assert!(all.is_sorted());
            prop_assert_eq!(near, all);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "(FREQ=(DAILY|SECONDLY|YEARLY);)?[A-Z0-9=;,+:T -]{0,60}", steps in 0..2_000_u32) {
        if let Ok(rule) = text.parse::<Rule>() {
            let span = Span {
                start: at("00010101T000000"),
                until: None,
                from: at("20261125T000000"),
                to: at("99991231T235959"),
            };
            rule.walk(&span, &mut Budget::of(steps), &mut |_| {});
        }
    }
}
