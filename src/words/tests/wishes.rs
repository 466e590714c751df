//! Lines that ask for a meeting: what is read, and what is not guessed at.

use std::fmt::Write;

use super::at;
use crate::base::Zone;
use crate::base::text::Address;
use crate::words::wish::{Known, Reader, Unclear, Way, Whom, Wish, read};

/// Friday 20 November 2026, ten in the morning in Paris.
fn reading(line: &str) -> Result<Wish, Unclear> {
    let known = |name: &str, address: &str| Known { name: name.to_owned(), address: Address::parse(address) };
    let people = [
        known("Ben Carter", "ben@example.net"),
        known("Cleo", "cleo@example.net"),
        known("Anne-Marie Dubois", ""),
        known("Dan Miller", "dan@example.net"),
        known("Dan Moreau", "moreau@example.net"),
        known("May Lin", "may@example.net"),
    ];
    let zone = Zone::parse("Europe/Paris").unwrap();
    read(line, &Reader { now: at("2026-11-20T09:00:00Z"), zone, people: &people })
}

/// What was read, in one line.
fn told(wish: &Wish) -> String {
    let names: Vec<String> = wish
        .with
        .iter()
        .map(|whom| match whom {
            Whom::Known(at) => {
                ["Ben", "Cleo", "Anne-Marie", "Dan Miller", "Dan Moreau", "May"][*at].to_owned()
            }
            Whom::Address(address) => address.as_str().to_owned(),
        })
        .collect();
    let mut told = names.join("+");
    if let Some(minutes) = wish.minutes {
        let _ = write!(told, " {minutes}min");
    }
    let mut days = wish.days.iter().peekable();
    while let Some(first) = days.next() {
        let mut last = *first;
        while let Some(next) = days.next_if(|next| Some(**next) == last.succ_opt()) {
            last = *next;
        }
        let _ = write!(told, " {}", first.format("%a%d%b"));
        if last != *first {
            let _ = write!(told, "..{}", last.format("%a%d%b"));
        }
    }
    if let Some(window) = wish.within {
        let _ = write!(told, " {window}");
    }
    if let Some(minute) = wish.at {
        let _ = write!(told, " at {:02}:{:02}", minute / 60, minute % 60);
    }
    if let Some(way) = wish.way {
        told += match way {
            Way::Video => " by video",
            Way::Phone => " by phone",
            Way::InPerson => " in person",
        };
    }
    if let Some(about) = &wish.about {
        let _ = write!(told, " about: {about}");
    }
    if !wish.better.is_empty() {
        told += " better:";
    }
    for day in &wish.better.days {
        let _ = write!(told, " {day}");
    }
    if let Some(window) = wish.better.within {
        let _ = write!(told, " {window}");
    }
    if let Some(minute) = wish.better.at {
        let _ = write!(told, " at {:02}:{:02}", minute / 60, minute % 60);
    }
    told
}

/// Every line is read as what stands beside it.
fn understood(rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        match reading(line) {
            Ok(wish) => assert_eq!(told(&wish), *expected, "{line}"),
            Err(unclear) => panic!("{line}: {unclear}"),
        }
    }
}

/// No line is read, and what stands beside it is said.
fn not_understood(rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        match reading(line) {
            Ok(wish) => panic!("{line}: guessed {}", told(&wish)),
            Err(unclear) => {
                let words = unclear.to_string();
                assert!(words.contains(expected), "{line}: {words}");
            }
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn lines_that_ask_for_a_meeting_are_understood() {
    let rows = [
        ("45 minutes with Ben next week, not before 10", "Ben 45min Mon23Nov..Sun29Nov 10:00-24:00"),
        ("find 45 minutes with Ben next week", "Ben 45min Mon23Nov..Sun29Nov"),
        ("30 minutes with Ben, Thursday 3 December", "Ben 30min Thu03Dec"),
        ("30 minutes with Ben next Monday, Tuesday or Thursday", "Ben 30min Mon23Nov..Tue24Nov Thu26Nov"),
        ("half an hour with Ben tomorrow", "Ben 30min Sat21Nov"),
        ("an hour with ben@example.net on Thursday", "Ben 60min Thu26Nov"),
        ("an hour with zoe@example.net on Thursday", "zoe@example.net 60min Thu26Nov"),
        ("30 min with Ben and Cleo this week", "Ben+Cleo 30min Fri20Nov..Sun22Nov"),
        ("meet Ben on Tuesday afternoon", "Ben Tue24Nov 12:00-18:00"),
        ("phone call with Ben tomorrow morning for 20 minutes", "Ben 20min Sat21Nov 06:00-12:00 by phone"),
        ("video call with Ben next Monday between 9 and 12", "Ben Mon23Nov 09:00-12:00 by video"),
        ("schedule a 1h meeting with Ben on 3 December", "Ben 60min Thu03Dec"),
        ("1.5 hours with Ben before Wednesday", "Ben 90min Fri20Nov..Tue24Nov"),
        ("90 minutes with Ben after 2pm on Wednesday", "Ben 90min Wed25Nov 14:00-24:00"),
        ("book 25 minutes with Ben Carter in the next two weeks", "Ben 25min Fri20Nov..Fri04Dec"),
        ("15 minutes with Ben today", "Ben 15min Fri20Nov"),
        ("45m w/ Ben next week", "Ben 45min Mon23Nov..Sun29Nov"),
        ("Ben, 30 minutes, next Tuesday or Thursday", "Ben 30min Tue24Nov Thu26Nov"),
        ("set up a meeting with Ben about the budget next week", "Ben Mon23Nov..Sun29Nov about: the budget"),
        ("an hour with Ben next week, mornings only", "Ben 60min Mon23Nov..Sun29Nov 06:00-12:00"),
        ("Find an hour with Ben in December", "Ben 60min Tue01Dec..Thu31Dec"),
        ("two hours with Ben, Cleo and Dan Miller on 2026-12-03", "Ben+Cleo+Dan Miller 120min Thu03Dec"),
        ("30 minutes with Ben at 3pm on Tuesday", "Ben 30min Tue24Nov at 15:00"),
        ("Can you find 45 minutes with Ben next week please?", "Ben 45min Mon23Nov..Sun29Nov"),
        ("I need half an hour with Ben by Thursday", "Ben 30min Fri20Nov..Thu26Nov"),
        ("an hour with Ben this week or next", "Ben 60min Fri20Nov..Sun29Nov"),
        ("30 minutes with Ben, not on Monday, next week", "Ben 30min Tue24Nov..Sun29Nov"),
        ("30 minutes with Ben next week except Wednesday", "Ben 30min Mon23Nov..Tue24Nov Thu26Nov..Sun29Nov"),
        ("45 minutes in person with Ben next week", "Ben 45min Mon23Nov..Sun29Nov in person"),
        ("Ben for an hour on Wednesday", "Ben 60min Wed25Nov"),
        ("three quarters of an hour with Ben", "Ben 45min"),
        ("with Ben", "Ben"),
        ("an hour and a half with Ben Tuesday to Thursday", "Ben 90min Tue24Nov..Thu26Nov"),
        ("1h30 with Ben, Mon-Wed", "Ben 90min Mon23Nov..Wed25Nov"),
        ("1 hour 15 minutes with Ben next week on Tuesday or Thursday", "Ben 75min Tue24Nov Thu26Nov"),
        ("30 minutes with Ben Tuesday next week", "Ben 30min Tue24Nov"),
        ("a 45-minute video call with Cleo on the 3rd", "Cleo 45min Thu03Dec by video"),
        ("half-hour with Cleo on December 3rd at noon", "Cleo 30min Thu03Dec at 12:00"),
        ("thirty minutes with Cleo on 3.12.2026 at 15:30", "Cleo 30min Thu03Dec at 15:30"),
        ("forty-five minutes with Cleo on 13/12", "Cleo 45min Sun13Dec"),
        ("an hour with Cleo 3-5 December", "Cleo 60min Thu03Dec..Sat05Dec"),
        (
            "an hour with Cleo between 3 and 5 December, 9 to 11am",
            "Cleo 60min Thu03Dec..Sat05Dec 09:00-11:00",
        ),
        ("an hour with Cleo from Monday", "Cleo 60min Mon23Nov..Sun06Dec"),
        (
            "an hour with Cleo from Monday to Wednesday, from 2 to 5pm",
            "Cleo 60min Mon23Nov..Wed25Nov 14:00-17:00",
        ),
        ("an hour with Cleo the week after next", "Cleo 60min Mon30Nov..Sun06Dec"),
        ("an hour with Cleo in the week of 7 December", "Cleo 60min Mon07Dec..Sun13Dec"),
        ("an hour with Cleo next month, no later than 4pm", "Cleo 60min Tue01Dec..Thu31Dec 00:00-16:00"),
        ("an hour with Cleo the day after tomorrow", "Cleo 60min Sun22Nov"),
        ("an hour with Cleo this weekend", "Cleo 60min Sat21Nov..Sun22Nov"),
        ("an hour with Cleo tonight", "Cleo 60min Fri20Nov 17:00-22:00"),
        ("an hour with Cleo within 10 days, not after 17:00", "Cleo 60min Fri20Nov..Mon30Nov 00:00-17:00"),
        (
            "an hour with Cleo next week but not Monday or Friday",
            "Cleo 60min Tue24Nov..Thu26Nov Sat28Nov..Sun29Nov",
        ),
        ("30 minutes with Anne-Marie on Monday, face to face", "Anne-Marie 30min Mon23Nov in person"),
        ("30 minutes with anne-marie dubois on Monday online", "Anne-Marie 30min Mon23Nov by video"),
        ("30 minutes with May in May", "May 30min Sat01May..Mon31May"),
        ("find a time for me and Ben tomorrow", "Ben Sat21Nov"),
        ("Let’s meet Cleo on Wednesday, 10:30, for 25 minutes", "Cleo 25min Wed25Nov at 10:30"),
        (
            "20 mins w/ Cleo & Ben on Thursday morning to discuss the new plan",
            "Cleo+Ben 20min Thu26Nov 06:00-12:00 about: the new plan",
        ),
        ("an hour with Cleo after Wednesday", "Cleo 60min Thu26Nov..Wed09Dec"),
        ("an hour with Cleo on 29 November at 9 o'clock", "Cleo 60min Sun29Nov at 09:00"),
        ("one hour with Cleo, 8am to 10am, 24 Nov", "Cleo 60min Tue24Nov 08:00-10:00"),
        (
            "Please arrange 30 minutes with Dan Moreau by phone next week.",
            "Dan Moreau 30min Mon23Nov..Sun29Nov by phone",
        ),
        ("a quarter of an hour with Ben on Tue. at 4 p.m.", "Ben 15min Tue24Nov at 16:00"),
        ("30 minutes with Ben regarding “Q1 plan”, next week", "Ben 30min Mon23Nov..Sun29Nov about: Q1 plan"),
    ];
    understood(&rows);
    assert!(rows.len() >= 60);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_would_be_better_is_kept_apart_from_what_is_asked_for() {
    let rows = [
        (
            "45 minutes with Ben next week, preferably in the morning",
            "Ben 45min Mon23Nov..Sun29Nov better: 06:00-12:00",
        ),
        (
            "45 minutes with Ben next week, ideally before 11",
            "Ben 45min Mon23Nov..Sun29Nov better: 00:00-11:00",
        ),
        ("45 minutes with Ben next week, best on Tuesday", "Ben 45min Mon23Nov..Sun29Nov better: tue"),
        (
            "45 minutes with Ben next week, if possible in the afternoon",
            "Ben 45min Mon23Nov..Sun29Nov better: 12:00-18:00",
        ),
        (
            "45 minutes with Ben next week, mornings preferred",
            "Ben 45min Mon23Nov..Sun29Nov better: 06:00-12:00",
        ),
        ("30 minutes with Ben, preferably Tuesday or Wednesday", "Ben 30min better: tue wed"),
        ("30 minutes with Ben, preferably Tuesday, Wednesday or Thursday", "Ben 30min better: tue wed thu"),
        ("30 minutes with Ben, ideally Tuesday morning", "Ben 30min better: tue 06:00-12:00"),
        ("30 minutes with Ben, ideally on Tuesday between 9 and 11", "Ben 30min better: tue 09:00-11:00"),
        (
            "30 minutes with Ben, Tuesday or Thursday morning preferred",
            "Ben 30min better: tue thu 06:00-12:00",
        ),
        (
            "30 minutes with Ben this week, ideally tomorrow",
            "Ben 30min Fri20Nov..Sun22Nov better: 2026-11-21",
        ),
        ("30 minutes with Ben, ideally tomorrow", "Ben 30min better: 2026-11-21"),
        (
            "an hour with Cleo this week, ideally tonight",
            "Cleo 60min Fri20Nov..Sun22Nov better: 2026-11-20 17:00-22:00",
        ),
        ("an hour with Cleo, not before 9, ideally at 10am", "Cleo 60min 09:00-24:00 better: at 10:00"),
        ("I'd prefer mornings, 30 minutes with Ben", "Ben 30min better: 06:00-12:00"),
        ("We would prefer to meet on Thursday: an hour with Ben and Cleo", "Ben+Cleo 60min better: thu"),
        ("30 minutes with Ben next week, Tuesday would be best", "Ben 30min Mon23Nov..Sun29Nov better: tue"),
        (
            "30 minutes with Ben next week, in the morning if possible",
            "Ben 30min Mon23Nov..Sun29Nov better: 06:00-12:00",
        ),
        (
            "30 minutes with Ben next week, on Tuesday, if possible",
            "Ben 30min Mon23Nov..Sun29Nov better: tue",
        ),
        (
            "30 minutes with Ben next week in the morning if possible",
            "Ben 30min Mon23Nov..Sun29Nov better: 06:00-12:00",
        ),
        (
            "30 minutes with Ben, in the morning if possible, next week",
            "Ben 30min Mon23Nov..Sun29Nov better: 06:00-12:00",
        ),
        ("30 minutes with Ben preferably not on Monday", "Ben 30min better: tue wed thu fri sat sun"),
        (
            "30 minutes with Ben next week, preferably Tuesday to Thursday",
            "Ben 30min Mon23Nov..Sun29Nov better: tue wed thu",
        ),
        ("30 minutes with Ben, preferably on Tuesday, not before 10", "Ben 30min 10:00-24:00 better: tue"),
        (
            "30 minutes with Ben, preferably in the morning, next week",
            "Ben 30min Mon23Nov..Sun29Nov better: 06:00-12:00",
        ),
        ("30 minutes with Ben, preferably on Tuesday, by phone", "Ben 30min by phone better: tue"),
        ("30 minutes with Ben this week, ideally on Friday", "Ben 30min Fri20Nov..Sun22Nov better: fri"),
        ("30 minutes with Ben, Tuesdays preferred", "Ben 30min better: tue"),
        (
            "30 minutes with Ben about the roof preferably in the morning",
            "Ben 30min about: the roof better: 06:00-12:00",
        ),
        ("30 minutes with Ben, ideally on Tuesday or 3 December", "Ben 30min better: tue 2026-12-03"),
        ("30 minutes with Ben, ideally on Tuesday next week", "Ben 30min better: 2026-11-24"),
        (
            "30 minutes with Ben this week, preferably not tomorrow",
            "Ben 30min Fri20Nov..Sun22Nov better: 2026-11-20 2026-11-22",
        ),
        (
            "30 minutes with Ben 1-4 December, preferably after 2 December",
            "Ben 30min Tue01Dec..Fri04Dec better: 2026-12-03 2026-12-04",
        ),
        // A politeness: what is said is asked for.
        ("30 minutes with Ben next week if possible", "Ben 30min Mon23Nov..Sun29Nov"),
        ("If possible, 30 minutes with Ben tomorrow", "Ben 30min Sat21Nov"),
        ("30 minutes with Ben by video if possible", "Ben 30min by video"),
    ];
    understood(&rows);
}

#[test]
fn a_wish_that_can_be_read_in_two_ways_or_cannot_come_true_is_not_understood() {
    let rows = [
        (
            "30 minutes with Ben after 14:00, preferably in the morning",
            "“in the morning” would be better, and “after 14:00” is asked for",
        ),
        (
            "30 minutes with Ben at 3pm tomorrow, ideally before 11",
            "“before 11” would be better, and “at 3pm” is asked for",
        ),
        (
            "an hour with Ben in the morning before 11, preferably 10:30 to 12:00",
            "and “in the morning” and “before 11” is asked for: it cannot be both",
        ),
        (
            "an hour with Ben, preferably mornings after 2pm",
            "“mornings” and “after 2pm”: that leaves no time",
        ),
        (
            "30 minutes with Ben on Tuesday, preferably on Wednesday",
            "“on Wednesday” would be better, and 24 November is",
        ),
        ("30 minutes with Ben next week, ideally on 10 December", "23 November to 29 November"),
        ("30 minutes with Ben, ideally on 10 December", "20 November to 4 December"),
        ("30 minutes with Ben next week, preferably before Monday", "it cannot be both"),
        ("30 minutes with Ben, ideally on Friday", "“Friday” can be read in two ways"),
        (
            "30 minutes with Ben, preferably on Tuesday, in the morning",
            "“on Tuesday, in the morning” can be read in two ways",
        ),
        ("30 minutes with Ben, preferably in the morning on Tuesday", "can be read in two ways"),
        ("30 minutes with Ben, ideally mornings next week", "can be read in two ways"),
        ("30 minutes with Ben, preferably in the morning or on Tuesday", "can be read in two ways"),
        ("30 minutes with Ben, preferably on Tuesday not before 10", "can be read in two ways"),
        ("30 minutes with Ben on Tuesday if possible in the morning", "can be read in two ways"),
        ("30 minutes with Ben, Tuesday, ideally, in the morning", "can be read in two ways"),
        ("30 minutes with Ben, preferably mornings only", "can be read in two ways"),
        ("30 minutes with Ben, preferably mornings, ideally evenings", "two parts of the day"),
        ("30 minutes with Ben, preferably by phone", "“preferably”"),
        ("30 minutes on Tuesday, ideally with Ben", "“ideally”"),
        ("30 minutes with Ben, preferably soon", "“preferably”, “soon”"),
        ("30 minutes with Ben, he prefers mornings", "“he”, “prefers”"),
        ("30 minutes with Ben, rather in the morning", "“rather”"),
        ("30 minutes with Ben, morgens bevorzugt", "“bevorzugt”"),
        ("30 minutes with Ben, best regards", "“best”, “regards”"),
        ("30 minutes with Ben, preferably every Tuesday", "repeat"),
    ];
    not_understood(&rows);
}

#[test]
fn what_is_not_understood_is_said_and_no_time_is_guessed() {
    let rows = [
        ("", "Say in one line whom"),
        ("hello", "Not understood: “hello”"),
        ("30 minutes next week", "With whom?"),
        ("cancel my meeting with Ben", "“cancel”"),
        ("lunch with Ben tomorrow", "“lunch”"),
        ("sometime soon with Ben", "“sometime”, “soon”"),
        ("30 minutes with Ben on 3/4", "“3/4” can be read in two ways"),
        ("30 minutes with Zoe next week", "no connection called “Zoe”"),
        ("30 minutes with Dan next week", "may be Dan Miller or Dan Moreau"),
        ("an hour with Ben yesterday", "no day ahead"),
        ("an hour with Ben at 3 or at 4 tomorrow", "two times"),
        ("an hour with Ben tomorrow at 3, at 4", "two times"),
        ("30 or 45 minutes with Ben", "two lengths"),
        ("30-45 minutes with Ben", "two lengths"),
        ("every Tuesday with Ben", "repeat"),
        ("30 minutes with Ben on Tuesdays", "repeat"),
        ("30 minutes with Ben on 31 November", "no “31 November”"),
        ("30 minutes with Ben on Friday", "“Friday” can be read in two ways"),
        ("30 minutes with Ben on Tuesday 3 December", "There is no “Tuesday 3 December”"),
        ("0 minutes with Ben", "5 minutes to 8 hours"),
        ("900 hours with Ben", "5 minutes to 8 hours"),
        ("an hour with Ben between 12 and 9am", "There is no “between 12 and 9am”"),
        ("an hour with Ben from 5pm to 9am tomorrow", "There is no “from 5pm to 9am”"),
        (
            "an hour with Ben tomorrow morning after 2pm",
            "“morning” and “after 2pm”: that leaves no time of the day",
        ),
        ("an hour with Ben tonight at 9 in the morning", "parts of the day"),
        ("an hour with Ben tomorrow at 3pm, before noon", "“at 3pm” and “before noon”: that leaves no time"),
        ("30 minutes with Ben on Tue 3/12/2027", "can be read in two ways"),
        ("30 minutes with Ben on Tue 3.12.2027", "There is no “Tue 3.12.2027”"),
        ("30 minutes with Ben from tomorrow to 1.6.2028", "more than a year"),
        ("30 minutes with Ben unless it rains", "“unless”"),
        ("30 minutes with Ben or Cleo", "can be read in two ways"),
        ("30 minutes with Ben in two weeks", "“in two weeks” can be read in two ways"),
        ("30 minutes with Ben next weekend", "can be read in two ways"),
        ("what is the weather", "“what”"),
        ("30 minutes with Ben on Monday, not on Monday", "no day ahead"),
        ("30 minutes with Ben on 2026-11-01", "no day ahead"),
        ("30 minutes with Ben, he prefers tea", "“he”, “prefers”, “tea”"),
        ("move my meeting with Ben to Tuesday", "“move”"),
        ("30 minutes with my team", "no connection called “my”"),
        ("Ben early next week", "“early”"),
    ];
    not_understood(&rows);
    assert!(rows.len() >= 20);
}

proptest::proptest! {
    #[test]
    fn no_line_makes_the_reader_panic(line in "(?s).{0,200}") {
        let _ = reading(&line);
    }

    #[test]
    fn no_line_of_known_words_makes_the_reader_panic(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "with", "Ben", "45", "minutes", "next", "week", "not", "before", "10", "at", "3pm", "on", "Tuesday", "to",
            "and", "or", "-", "/", ".", ",", "31", "December", "2026", "hour", "an", "half", "between", "from", "until",
            "the", "of", "in", "th", "4294967295", "a", "after", "about", "tomorrow", "May", "month", "days", "preferably", "ideally", "if", "possible", "preferred",
            "best", "would", "be", "mornings",
        ]), 0..20),
    ) {
        let _ = reading(&words.join(" "));
    }
}
