//! Lines with a language model's help: what it may pass over, and all that it may not.

use super::at;
use crate::base::Zone;
use crate::words::wish::{Known, Phrases, Reader, Unclear, Wish, helped, may_be_asked, read};

fn with_reader<T>(use_it: impl Fn(&Reader<'_>) -> T) -> T {
    let known = |name: &str| Known { name: name.to_owned(), address: None };
    let people = [known("Ben Carter"), known("Cleo")];
    let zone = Zone::parse("Europe/Paris").unwrap();
    use_it(&Reader { now: at("2026-11-20T09:00:00Z"), zone, people: &people })
}

fn reading(line: &str, said: &str) -> Result<Wish, Unclear> {
    let said = Phrases::parse(said).unwrap();
    with_reader(|reader| helped(line, &said, reader))
}

#[test]
fn words_that_say_nothing_are_passed_over_and_the_rest_is_read_by_the_rules() {
    for (line, said, same) in [
        (
            "fancy a quick natter with good old Ben for 45 minutes next week, not before 10?",
            r#"{"with": ["Ben"], "length": "45 minutes", "days": ["next week"], "hours": ["not before 10"]}"#,
            "45 minutes with Ben next week, not before 10",
        ),
        (
            "Ben owes me half an hour, tomorrow at 3pm would be lovely, by phone",
            r#"{"with": ["Ben"], "length": "half an hour", "days": ["tomorrow"], "hours": ["at 3pm"], "way": "by phone"}"#,
            "half an hour with Ben tomorrow at 3pm by phone",
        ),
        (
            "could ben carter & Cleo kindly spare an hour on Tuesday or Thursday",
            r#"{"with": ["ben carter", "Cleo"], "length": "an hour", "days": ["on Tuesday or Thursday"], "about": null}"#,
            "an hour with Ben and Cleo on Tuesday or Thursday",
        ),
        (
            "fancy a natter with good old Ben for 45 minutes next week, preferably in the morning",
            r#"{"with": ["Ben"], "length": "45 minutes", "days": ["next week"], "prefer": ["preferably in the morning"]}"#,
            "45 minutes with Ben next week, preferably in the morning",
        ),
        (
            "Ben owes me half an hour next week, mornings preferred, ideally on Tuesday",
            r#"{"with": ["Ben"], "length": "half an hour", "days": ["next week"], "prefer": ["mornings preferred", "ideally on Tuesday"]}"#,
            "half an hour with Ben next week, mornings preferred, ideally on Tuesday",
        ),
    ] {
        let plain = with_reader(|reader| {
            let unclear = read(line, reader).unwrap_err();
            assert!(may_be_asked(line, &unclear), "{line}: {unclear}");
            read(same, reader).unwrap()
        });
        assert_eq!(reading(line, said), Ok(plain), "{line}");
    }
    let said = r#"{"with": ["Ben"], "days": ["next week"], "about": "the 2027 budget"}"#;
    let wish = reading("fancy a chat with Ben next week on the 2027 budget", said).unwrap();
    assert_eq!(wish.about.as_deref(), Some("the 2027 budget"));
}

#[test]
fn what_a_model_invents_hides_or_bends_is_refused() {
    let line = "fancy a natter with Ben next week, not on Monday, for 45 minutes or so?";
    for (case, said) in [
        ("a time that is not there", r#"{"with": ["Ben"], "days": ["next week"], "hours": ["at 3pm"]}"#),
        ("a day that is not there", r#"{"with": ["Ben"], "days": ["tomorrow"]}"#),
        ("a date that it reckoned", r#"{"with": ["Ben"], "days": ["2026-11-24"]}"#),
        ("somebody who is not there", r#"{"with": ["Ben", "Cleo"], "days": ["next week"]}"#),
        ("nobody", r#"{"days": ["next week"]}"#),
        ("a length left out", r#"{"with": ["Ben"], "days": ["next week", "not on Monday"]}"#),
        (
            "a not left out",
            r#"{"with": ["Ben"], "length": "45 minutes", "days": ["next week", "on Monday"]}"#,
        ),
        (
            "a choice left out",
            r#"{"with": ["Ben"], "length": "45 minutes", "days": ["next week", "not on Monday"]}"#,
        ),
        ("the same words twice", r#"{"with": ["Ben", "Ben"], "length": "45 minutes"}"#),
        (
            "words put together anew",
            r#"{"with": ["Ben"], "days": ["next Monday"], "length": "45 minutes or so"}"#,
        ),
        (
            "a time hidden in the subject",
            r#"{"with": ["Ben"], "about": "next week, not on Monday, for 45 minutes or so"}"#,
        ),
        ("an empty phrase", r#"{"with": ["Ben", ""], "length": "45 minutes"}"#),
    ] {
        assert!(reading(line, said).is_err(), "{case}");
    }
    for (line, said) in [
        ("kindly cancel the thing with Ben tomorrow", r#"{"with": ["Ben"], "days": ["tomorrow"]}"#),
        ("a natter with Ben, Cleo knows why, tomorrow", r#"{"with": ["Ben"], "days": ["tomorrow"]}"#),
        ("a natter with Ben at the end of next week", r#"{"with": ["Ben"], "days": ["next week"]}"#),
        ("a natter with Ben every fortnight on Tuesday", r#"{"with": ["Ben"], "days": ["on Tuesday"]}"#),
        ("a natter with Zoe tomorrow", r#"{"with": ["Zoe"], "days": ["tomorrow"]}"#),
        ("a natter with Ben on 3/4", r#"{"with": ["Ben"], "days": ["on 3/4"]}"#),
        ("a natter with Ben for 900 hours", r#"{"with": ["Ben"], "length": "for 900 hours"}"#),
    ] {
        assert!(reading(line, said).is_err(), "{line}");
    }
    let line = "fancy a natter with Ben next week, not before 10, preferably in the morning?";
    for (case, said) in [
        (
            "a wish that is made a condition",
            r#"{"with": ["Ben"], "days": ["next week"], "hours": ["not before 10", "in the morning"]}"#,
        ),
        (
            "a wish among the conditions",
            r#"{"with": ["Ben"], "days": ["next week"], "hours": ["not before 10", "preferably in the morning"]}"#,
        ),
        (
            "a condition that is made a wish",
            r#"{"with": ["Ben"], "days": ["next week"], "prefer": ["not before 10", "preferably in the morning"]}"#,
        ),
        (
            "a condition hidden in a wish",
            r#"{"with": ["Ben"], "days": ["next week"], "prefer": ["not before 10, preferably in the morning"]}"#,
        ),
        ("a wish left out", r#"{"with": ["Ben"], "days": ["next week"], "hours": ["not before 10"]}"#),
    ] {
        assert!(reading(line, said).is_err(), "{case}");
    }
    let long = format!(r#"{{"with": [{}]}}"#, vec![r#""Ben""#; 30].join(","));
    assert!(reading(&"Ben ".repeat(30), &long).is_err());
}

#[test]
fn a_model_is_asked_only_where_the_rules_did_not_understand_the_words() {
    let asks = |line: &str| {
        with_reader(|reader| read(line, reader).is_err_and(|unclear| may_be_asked(line, &unclear)))
    };
    assert!(asks("fancy a natter with Ben"));
    assert!(asks("30 minutes with my friend Ben"));
    for line in [
        "",
        "45 minutes with Ben next week",
        "30 minutes with Ben on 3/4",
        "30 minutes with Ben every Tuesday",
        "an hour with Ben yesterday",
        "900 hours with Ben",
        "fancy a natter with zoe@example.net",
    ] {
        assert!(!asks(line), "{line}");
    }
}

#[test]
fn unknown_fields_are_refused() {
    for said in [
        r#"{"with": ["Ben"], "start": "2026-11-24T10:00:00Z"}"#,
        r#"{"with": "Ben"}"#,
        "[]",
        "null",
        "\"Ben\"",
    ] {
        assert!(Phrases::parse(said).is_none(), "{said}");
    }
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_the_reader_panic(
        line in "(?s).{0,80}", with in proptest::collection::vec("(?s).{0,12}", 0..3), days in "(?s).{0,12}",
    ) {
        let said = Phrases { with, days: vec![days], ..Phrases::default() };
        let _ = with_reader(|reader| helped(&line, &said, reader));
    }
}
