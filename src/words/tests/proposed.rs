//! Times in answers: what is found, and what is not guessed at.

use super::super::proposed_time;
use super::at;
use crate::base::Zone;

/// Friday 20 November 2026, ten in the morning in Paris; the meeting is on Wednesday the 25th, 11:30 to 12:15.
fn found(text: &str) -> Option<String> {
    let zone = Zone::parse("Europe/Paris").unwrap();
    let current = (at("2026-11-25T10:30:00Z"), at("2026-11-25T11:15:00Z"));
    let (start, end) = proposed_time(text, at("2026-11-20T09:00:00Z"), zone, current)?;
    let (start, end) = (zone.local(start), zone.local(end));
    Some(format!("{} - {}", start.format("%a %d %b %Y %H:%M"), end.format("%H:%M")))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn times_in_plain_words_are_found() {
    let rows = [
        // The meeting's day, the same length.
        ("can we do 3pm?", "Wed 25 Nov 2026 15:00 - 15:45"),
        ("Can we do 3 pm instead?", "Wed 25 Nov 2026 15:00 - 15:45"),
        ("3 p.m. would be better for me.", "Wed 25 Nov 2026 15:00 - 15:45"),
        ("how about 15:30", "Wed 25 Nov 2026 15:30 - 16:15"),
        ("at 9?", "Wed 25 Nov 2026 09:00 - 09:45"),
        ("Could we start at three?", "Wed 25 Nov 2026 15:00 - 15:45"),
        ("half past three works better", "Wed 25 Nov 2026 15:30 - 16:15"),
        ("What about quarter to four?", "Wed 25 Nov 2026 15:45 - 16:30"),
        ("ten past nine please", "Wed 25 Nov 2026 09:10 - 09:55"),
        ("noon would be perfect", "Wed 25 Nov 2026 12:00 - 12:45"),
        ("9 in the morning?", "Wed 25 Nov 2026 09:00 - 09:45"),
        ("8 in the evening, is that ok?", "Wed 25 Nov 2026 20:00 - 20:45"),
        ("Could we say 4 o'clock", "Wed 25 Nov 2026 16:00 - 16:45"),
        ("3.30pm?", "Wed 25 Nov 2026 15:30 - 16:15"),
        ("@4pm", "Wed 25 Nov 2026 16:00 - 16:45"),
        ("why not 4pm?", "Wed 25 Nov 2026 16:00 - 16:45"),
        ("around 2pm", "Wed 25 Nov 2026 14:00 - 14:45"),
        // Another day.
        ("can we do 3pm on Tuesday?", "Tue 24 Nov 2026 15:00 - 15:45"),
        ("Tuesday at 15:30", "Tue 24 Nov 2026 15:30 - 16:15"),
        ("Tue 3pm?", "Tue 24 Nov 2026 15:00 - 15:45"),
        ("tomorrow 10am", "Sat 21 Nov 2026 10:00 - 10:45"),
        ("today at 5", "Fri 20 Nov 2026 17:00 - 17:45"),
        ("tonight at 8", "Fri 20 Nov 2026 20:00 - 20:45"),
        ("this afternoon at 4", "Fri 20 Nov 2026 16:00 - 16:45"),
        ("tomorrow evening at 7?", "Sat 21 Nov 2026 19:00 - 19:45"),
        ("the day after tomorrow at 2pm", "Sun 22 Nov 2026 14:00 - 14:45"),
        ("2026-11-26 14:00", "Thu 26 Nov 2026 14:00 - 14:45"),
        ("25 Nov at 9", "Wed 25 Nov 2026 09:00 - 09:45"),
        ("Nov 26th at 2:15pm", "Thu 26 Nov 2026 14:15 - 15:00"),
        ("the 27th of November, 10 am", "Fri 27 Nov 2026 10:00 - 10:45"),
        ("November 30, 2026 at 16:00", "Mon 30 Nov 2026 16:00 - 16:45"),
        ("30/11/2026 16:00", "Mon 30 Nov 2026 16:00 - 16:45"),
        ("on the 27th at 3pm", "Fri 27 Nov 2026 15:00 - 15:45"),
        ("January 7 at 3pm?", "Thu 07 Jan 2027 15:00 - 15:45"),
        ("next Thursday 9:30-10:15", "Thu 26 Nov 2026 09:30 - 10:15"),
        ("Tuesday next week, 3pm", "Tue 24 Nov 2026 15:00 - 15:45"),
        ("Friday 27 November at 11:00", "Fri 27 Nov 2026 11:00 - 11:45"),
        ("in 4 days at 14:00", "Tue 24 Nov 2026 14:00 - 14:45"),
        ("the day after at 3pm", "Thu 26 Nov 2026 15:00 - 15:45"),
        ("same time tomorrow?", "Sat 21 Nov 2026 11:30 - 12:15"),
        ("Same time on Thursday would work", "Thu 26 Nov 2026 11:30 - 12:15"),
        // Stretches, lengths and moves.
        ("Thursday from 3 to 4pm", "Thu 26 Nov 2026 15:00 - 16:00"),
        ("3-4pm", "Wed 25 Nov 2026 15:00 - 16:00"),
        ("11:00 – 1pm", "Wed 25 Nov 2026 11:00 - 13:00"),
        ("3pm for half an hour", "Wed 25 Nov 2026 15:00 - 15:30"),
        ("Thursday 3pm for 90 minutes", "Thu 26 Nov 2026 15:00 - 16:30"),
        ("can we make it an hour later?", "Wed 25 Nov 2026 12:30 - 13:15"),
        ("30 minutes earlier would help", "Wed 25 Nov 2026 11:00 - 11:45"),
        ("can we postpone by half an hour", "Wed 25 Nov 2026 12:00 - 12:45"),
        ("Could you move it from 11:30 to 3pm?", "Wed 25 Nov 2026 15:00 - 15:45"),
        // What is refused is not what is proposed.
        ("I can't make Wednesday. Can we do Thursday at 3pm?", "Thu 26 Nov 2026 15:00 - 15:45"),
        ("I can't do 11:30, could we do 2pm?", "Wed 25 Nov 2026 14:00 - 14:45"),
        ("11:30 doesn't work but 2pm does", "Wed 25 Nov 2026 14:00 - 14:45"),
        (
            "Sorry, I am not free at 11:30.\nCan we do 3pm on Tuesday?\n\nThanks,\nAna",
            "Tue 24 Nov 2026 15:00 - 15:45",
        ),
        // Named twice is named once.
        ("Tuesday 24 November at 3pm (15:00)?", "Tue 24 Nov 2026 15:00 - 15:45"),
        // Zones.
        ("3pm CET?", "Wed 25 Nov 2026 15:00 - 15:45"),
        ("3pm UTC", "Wed 25 Nov 2026 16:00 - 16:45"),
        ("10am New York time", "Wed 25 Nov 2026 16:00 - 16:45"),
        // Other languages.
        ("Geht auch 15 Uhr?", "Wed 25 Nov 2026 15:00 - 15:45"),
        ("Können wir am Dienstag um 15:30 Uhr?", "Tue 24 Nov 2026 15:30 - 16:15"),
        ("Morgen um 10 Uhr", "Sat 21 Nov 2026 10:00 - 10:45"),
        ("Guten Morgen, ginge halb vier?", "Wed 25 Nov 2026 15:30 - 16:15"),
        ("am 26. November um 14 Uhr", "Thu 26 Nov 2026 14:00 - 14:45"),
        ("26.11.2026, 14 Uhr", "Thu 26 Nov 2026 14:00 - 14:45"),
        ("Donnerstag von 15 bis 16 Uhr", "Thu 26 Nov 2026 15:00 - 16:00"),
        ("Peut-on faire mardi à 15h30 ?", "Tue 24 Nov 2026 15:30 - 16:15"),
        ("demain à 10h", "Sat 21 Nov 2026 10:00 - 10:45"),
        ("jeudi 26 novembre à 14 h", "Thu 26 Nov 2026 14:00 - 14:45"),
        ("¿Podemos el martes a las 15:30?", "Tue 24 Nov 2026 15:30 - 16:15"),
        ("mañana a las 10", "Sat 21 Nov 2026 10:00 - 10:45"),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(text, expected)| found(text).as_deref() != Some(expected))
        .map(|(text, expected)| format!("{text:?}: {:?}, not {expected}", found(text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_clear_is_not_guessed_at() {
    let rows = [
        "",
        "ok",
        "Thanks, see you then!",
        "Good morning, I look forward to it.",
        "Tuesday?",
        "sometime next week",
        "next week at 3pm",
        "3pm or 4pm?",
        "Tuesday or Wednesday at 3pm",
        "Tuesday at 3pm, or Thursday at 10",
        "Tuesday 3pm\nWednesday 4pm",
        "I can't do 3pm",
        "3pm doesn't work for me",
        "not at 3pm",
        "I have another meeting at 3pm",
        "Unfortunately I am in a train at 3pm.",
        "after 3pm",
        "any time after 3pm on Tuesday",
        "before noon",
        "I am free until 4pm",
        "between 3pm and 5pm",
        "from 3pm on",
        "morning or afternoon",
        "in the afternoon",
        "03/04 at 3pm",
        "Thursday 25 November at 3pm",
        "Wednesday the 25th at 11:30 is fine",
        "11:30 works for me",
        "Friday at 3pm",
        "yesterday at 3pm was fine",
        "19 November 2026 at 3pm",
        "32 November at 3pm",
        "3:99pm",
        "25:00",
        "15pm",
        "call me on 555 1234",
        "There will be 3 of us",
        "We need 2 rooms for 10 people",
        "see https://example.org/2026-11-26/14:00",
        "write to ana3pm@example.org",
        "it takes 30 minutes",
        "Room 3",
        "at your convenience",
        "at one of the rooms",
        "3pm your time",
        "3pm XYZ",
        "every Tuesday at 3pm",
        "last Tuesday at 3pm",
        "Ich kann um 15 Uhr nicht",
        "Nach 15 Uhr",
        "pas à 15h",
        "No puedo a las 15:30",
        "15:00 in the morning",
        "26 November 2036 at 3pm",
        "same time",
        "parking is at 3 Main Street",
        "I'll arrive at 3 if the train is late",
        "I have to leave at 12",
        "10-15 people",
        "We met at 3pm last time, not at 4",
        "I am off from 24 December to 3 January",
        "Let's keep it at 11:30. My number is 0155512345",
    ];
    let wrong: Vec<String> =
        rows.iter().filter_map(|text| found(text).map(|found| format!("{text:?}: {found}"))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_time_that_the_clocks_skip_is_not_proposed() {
    let zone = Zone::parse("Europe/Paris").unwrap();
    let current = (at("2026-03-30T10:30:00Z"), at("2026-03-30T11:15:00Z"));
    let now = at("2026-03-27T09:00:00Z");
    assert_eq!(proposed_time("2026-03-29 02:30", now, zone, current), None);
    let after = proposed_time("2026-03-29 03:30", now, zone, current);
    assert_eq!(after.map(|(start, _)| start), Some(at("2026-03-29T01:30:00Z")));
}
