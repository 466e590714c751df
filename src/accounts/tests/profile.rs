//! Profiles, hours, and the rules of leaving.

use chrono::{Days, NaiveDate, Weekday};

use super::*;
use crate::base::hours::{Week, Window};
use crate::values;

fn window(text: &str) -> Window {
    Window::parse(text).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(given: &[(usize, &[&str])]) -> ProfileChange {
    let mut days: [Option<Vec<Window>>; 7] = Default::default();
    for (at, windows) in given {
        days[*at] = Some(windows.iter().map(|text| window(text)).collect());
    }
    ProfileChange { hours: Some(HoursChange::Days(days)), ..ProfileChange::default() }
}

fn change(town: &Town, who: &Actor, change: &ProfileChange) -> Result<Profile> {
    let (who, change) = (who.clone(), change.clone());
    town.write(move |cx| change_profile(cx, &who, &change))
}

fn set(town: &Town, who: &Actor, on: &str, windows: &[&str], words: &str) -> Result<Exception> {
    let windows = windows.iter().map(|text| window(text)).collect();
    let (who, exception) = (who.clone(), Exception { date: date(on), windows, words: words.to_owned() });
    town.write(move |cx| set_exception(cx, &who, &exception))
}

fn named(refused: Result<impl std::fmt::Debug>) -> (String, String) {
    match refused.unwrap_err() {
        Error::Invalid { field, message } => (field.into_owned(), message),
        other => panic!("{other:?}"),
    }
}

/// The journal's kinds and fields about an account, oldest first.
fn told(town: &Town, user: UserId) -> Vec<String> {
    let story = town.read(|cx| journal::story(cx, &user, 100));
    story.iter().map(|one| format!("{} {}", one.kind, one.data.clone().unwrap_or_default())).collect()
}

#[test]
fn until_somebody_says_hours_nine_to_five_on_weekdays_counts() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let profile = town.read(|cx| profile(cx, &acting(&ana)));
    assert_eq!((profile.week.clone(), profile.week()), (None, Week::office()));
    let (zone, hours) = town.read(|cx| hours_of(cx, ana.id));
    assert_eq!((zone, hours.week), (ana.zone, Week::office()));
}

#[test]
fn only_what_is_given_changes_and_the_journal_is_told_which_field_it_was() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let who = acting(&ana);
    let lisbon = Zone::parse("Europe/Lisbon");
    change(&town, &who, &ProfileChange { zone: lisbon, ..ProfileChange::default() }).unwrap();
    change(&town, &who, &days(&[(2, &["13:30-17:00", "09:00-12:30"]), (5, &["22:00-06:00"])])).unwrap();
    let name = Some("Ana S.".to_owned());
    change(&town, &who, &ProfileChange { name, ..ProfileChange::default() }).unwrap();
    // The same again is no change, and nothing at all is none either.
    let now = change(&town, &who, &days(&[(5, &["22:00-06:00"])])).unwrap();
    change(&town, &who, &ProfileChange::default()).unwrap();
    assert_eq!((now.user.name.as_str(), Some(now.user.zone)), ("Ana S.", lisbon));
    assert_eq!(now.week().on(Weekday::Wed), [window("09:00-12:30"), window("13:30-17:00")]);
    assert_eq!(now.week().on(Weekday::Sat), [window("22:00-06:00")]);
    assert_eq!(now.week().on(Weekday::Mon), [window("09:00-17:00")]);
    let forget = ProfileChange { hours: Some(HoursChange::Forget), ..ProfileChange::default() };
    assert_eq!(change(&town, &who, &forget).unwrap().week, None);
    assert_eq!(
        told(&town, ana.id),
        [
            "user.added null",
            "user.changed {\"fields\":[\"time_zone\"]}",
            "user.changed {\"fields\":[\"hours\"]}",
            "user.changed {\"fields\":[\"name\"]}",
            "user.changed {\"fields\":[\"hours\"]}",
        ]
    );
}

#[test]
fn hours_that_overlap_are_refused_by_the_day_they_are_on() {
    let town = Town::new();
    let who = acting(&add_one(&town, "ana@example.org", Role::Member));
    let day = named(change(&town, &who, &days(&[(1, &["09:00-12:30", "12:00-13:00"])])));
    assert_eq!(day, ("hours.tuesday".into(), "09:00-12:30 and 12:00-13:00 overlap.".into()));
    let night = named(change(&town, &who, &days(&[(6, &["22:00-10:00"])])));
    assert_eq!(night, ("hours.sunday".into(), "22:00-10:00 and 09:00-17:00 overlap.".into()));
    let nobody = ProfileChange { name: Some(" \u{202e} ".to_owned()), ..ProfileChange::default() };
    assert_eq!(named(change(&town, &who, &nobody)).0, "name");
    assert_eq!(town.read(|cx| profile(cx, &who)).week, None);
}

#[test]
fn a_day_has_its_own_hours_until_it_is_dropped() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let who = acting(&ana);
    set(&town, &who, "2027-06-25", &[], "  Midsummer \u{7}").unwrap();
    set(&town, &who, "2027-01-15", &["10:00-12:00"], "today counts").unwrap();
    set(&town, &who, "2027-06-25", &["08:00-09:00"], "Midsummer").unwrap();
    let ahead = town.read(|cx| profile(cx, &who)).exceptions;
    let ahead: Vec<_> = ahead.iter().map(|one| (one.date.to_string(), one.words.as_str())).collect();
    assert_eq!(ahead, [("2027-01-15".into(), "today counts"), ("2027-06-25".into(), "Midsummer")]);
    let (_, hours) = town.read(|cx| hours_of(cx, ana.id));
    assert_eq!(hours.on(date("2027-06-25")), [window("08:00-09:00")]);
    for _ in 0..2 {
        let who = who.clone();
        town.write(move |cx| drop_exception(cx, &who, date("2027-06-25"))).unwrap();
    }
    let (_, hours) = town.read(|cx| hours_of(cx, ana.id));
    assert_eq!(hours.on(date("2027-06-25")), [window("09:00-17:00")]);
    assert_eq!(told(&town, ana.id).len(), 5, "dropped twice, told once");
}

#[test]
fn a_night_of_yesterday_s_still_counts_today() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    set(&town, &acting(&ana), "2027-01-15", &["22:00-06:00"], "").unwrap();
    town.clock.advance(DAY);
    let (zone, hours) = town.read(|cx| hours_of(cx, ana.id));
    let midnight = Timestamp::parse_rfc3339("2027-01-16T00:00:00Z").unwrap();
    assert_eq!(
        hours.between(zone, midnight, midnight.plus(DAY)),
        [(midnight, midnight.plus(6 * HOUR))],
        "the 16th is a Saturday"
    );
    assert!(town.read(|cx| profile(cx, &acting(&ana))).exceptions.is_empty(), "the day is behind");
}

#[test]
fn a_day_that_is_over_too_far_or_one_too_many_is_refused() {
    let town = Town::new();
    let who = acting(&add_one(&town, "ana@example.org", Role::Member));
    let refused = |on: &str| named(set(&town, &who, on, &[], ""));
    assert_eq!(refused("2027-01-14"), ("date".into(), "This day is over.".into()));
    assert!(refused("2037-01-25").1.contains("too far"));
    let overlap = named(set(&town, &who, "2027-02-01", &["09:00-11:00", "10:00-12:00"], ""));
    assert_eq!(overlap.0, "windows");
    let all = who.clone();
    town.write(move |cx| {
        let today = date("2027-01-15");
        for day in 0..EXCEPTIONS_MAX as u64 {
            let date = today.checked_add_days(Days::new(day)).unwrap();
            set_exception(cx, &all, &Exception { date, windows: Vec::new(), words: String::new() })?;
        }
        Ok(())
    })
    .unwrap();
    assert!(refused("2030-01-01").1.contains("400"));
    set(&town, &who, "2027-03-01", &[], "one that is there already").unwrap();
}

#[test]
fn days_that_have_been_over_for_a_year_are_swept() {
    let town = Town::new();
    let who = acting(&add_one(&town, "ana@example.org", Role::Member));
    set(&town, &who, "2027-01-15", &[], "").unwrap();
    set(&town, &who, "2027-01-17", &[], "").unwrap();
    let kept = |town: &Town| {
        town.write(|cx| delete_ended(cx)).unwrap();
        let count = "SELECT COUNT(*) AS n FROM hour_exceptions WHERE date > $1";
        town.read(|cx| cx.db.one(count, values![""], |row| row.get::<i64>("n")))
    };
    town.clock.advance(366 * DAY);
    assert_eq!(kept(&town), Some(2));
    town.clock.advance(DAY);
    assert_eq!(kept(&town), Some(1));
}

#[test]
fn the_account_goes_with_its_profile() {
    let town = Town::new();
    let ana = add_one(&town, "quillon@example.org", Role::Member);
    set(&town, &acting(&ana), "2027-06-25", &[], "Quillon's day").unwrap();
    change(&town, &acting(&ana), &days(&[(0, &[])])).unwrap();
    let address = ana.address.clone();
    let document = town.read(|cx| export(cx, &address));
    assert_eq!(document["hours"]["monday"], serde_json::json!([]));
    assert_eq!(document["hours"]["friday"], serde_json::json!(["09:00-17:00"]));
    assert_eq!(document["exceptions"][0]["words"], "Quillon's day");
    assert!(town.write(move |cx| erase(cx, &operator(), &ana.address)).unwrap());
    assert!(!town.whole_text().to_lowercase().contains("quillon"));
    assert_eq!(town.read(|cx| export(cx, &address)), serde_json::Value::Null);
    town.assert_journal_verifies();
}

#[test]
fn a_deletion_is_due_after_seven_days_and_is_withdrawn_by_a_word() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let (who, id) = (acting(&ana), ana.id);
    let ask = |who: &Actor| {
        let who = who.clone();
        town.write(move |cx| ask_deletion(cx, &who, id))
    };
    let withdraw = |who: &Actor| {
        let who = who.clone();
        town.write(move |cx| withdraw_deletion(cx, &who, id))
    };
    assert_eq!(ask(&who).unwrap(), NOW.plus(7 * DAY));
    town.clock.advance(DAY);
    assert_eq!(ask(&who).unwrap(), NOW.plus(7 * DAY), "asking again puts nothing off");
    withdraw(&who).unwrap();
    withdraw(&who).unwrap();
    assert_eq!(ask(&operator()).unwrap(), NOW.plus(8 * DAY));
    town.clock.advance(7 * DAY - 1);
    assert!(town.read(|cx| due_deletions(cx)).is_empty());
    town.clock.advance(1);
    assert_eq!(town.read(|cx| due_deletions(cx)), [id]);
    let stranger = acting(&add_one(&town, "cy@example.org", Role::Member));
    assert_eq!((code(ask(&stranger)), code(withdraw(&stranger))), ("not-found", "not-found"));
    assert_eq!(code(ask(&anyone())), "unauthenticated");
    assert_eq!(
        told(&town, id)[1..],
        ["user.deletion_asked null", "user.deletion_withdrawn null", "user.deletion_asked null"]
    );
}

#[test]
fn somebody_always_stays_who_can_run_the_house() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Admin);
    let ask = |id| town.write(move |cx| ask_deletion(cx, &operator(), id));
    assert_eq!(code(ask(ana.id)), "user.last-admin");
    let ben = add_one(&town, "ben@example.org", Role::Admin);
    ask(ana.id).unwrap();
    assert_eq!(code(ask(ben.id)), "user.last-admin", "ana does not count: she is leaving");
    assert_eq!(code(town.write(move |cx| disable(cx, &operator(), ben.id))), "user.last-admin");
    assert_eq!(code(town.write(move |cx| erase(cx, &operator(), &ben.address))), "user.last-admin");
    town.write(move |cx| withdraw_deletion(cx, &operator(), ana.id)).unwrap();
    ask(ben.id).unwrap();
    town.write(move |cx| disable(cx, &operator(), ben.id)).unwrap();
    assert!(town.write(move |cx| erase(cx, &operator(), &address("ben@example.org"))).unwrap());
    assert_eq!(code(ask(ana.id)), "user.last-admin");
}
