//! The form of a booking link: what a link says as fields, and fields as what a link says.

use super::conditions::{BUFFERS, HORIZONS, NOTICES, hours_of, hours_text, many, minutes, options};
use super::rooms;
use super::words;
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::time::lasting;
use crate::booking::{Access, Confirmation, NewLink, Question};
use crate::network::Place;
use crate::web::form::Fields;
use crate::web::view::booking_links::{LinkForm, QuestionFields};
use crate::web::view::parts::{Choice, FieldErrors};

/// How many questions there is room for.
const QUESTIONS: usize = 5;
/// What is offered for the step, in minutes.
const STEPS: [u32; 6] = [5, 10, 15, 20, 30, 60];

/// A link as fields.
pub(super) fn form(says: &NewLink, version: i64, house: &House) -> LinkForm {
    let choice = |value: &str, words: &str, hint: &str, chosen| Choice::new(value, words, hint, chosen);
    let lengths: Vec<String> = says.lengths.iter().map(ToString::to_string).collect();
    let optional = |count: Option<u32>| count.map_or_else(String::new, |count| count.to_string());
    LinkForm {
        title: says.title.clone(),
        name: says.name.clone(),
        stem: format!("{}/b/", house.public_url),
        description: says.description.clone(),
        lengths: lengths.join(", "),
        places: Place::ALL
            .iter()
            .map(|place| choice(place.as_str(), &words::sentence(place.words()), "", says.place == *place))
            .collect(),
        place_words: says.place_words.clone(),
        rooms: rooms::ticked(&says.resources),
        confirmation: vec![
            choice(
                Confirmation::AtOnce.as_str(),
                "Book at once",
                "As soon as they have confirmed their address. Where a calendar of yours was not read lately, you are asked.",
                says.confirmation == Confirmation::AtOnce,
            ),
            choice(
                Confirmation::ByHand.as_str(),
                "Ask me each time",
                &format!(
                    "The time is held while you decide, for {} at most.",
                    lasting(house.booking_decide_ms)
                ),
                says.confirmation == Confirmation::ByHand,
            ),
        ],
        access: vec![
            choice(Access::Public.as_str(), "Whoever has the address", "", says.access == Access::Public),
            choice(
                Access::SingleUse.as_str(),
                "Only whoever has a single-use address",
                "You make one for each guest; it is good for one booking.",
                says.access == Access::SingleUse,
            ),
        ],
        hours: says.week.as_ref().map_or_else(String::new, hours_text),
        notice: options(&NOTICES, says.notice_minutes, |it| minutes(it, "no time")),
        horizon: options(&HORIZONS, says.horizon_days, |it| many(it, "day")),
        before: options(&BUFFERS, says.buffer_before_minutes, |it| minutes(it, "nothing")),
        after: options(&BUFFERS, says.buffer_after_minutes, |it| minutes(it, "nothing")),
        step: options(&STEPS, says.step_minutes, |it| minutes(it, "")),
        per_day: optional(says.per_day),
        per_week: optional(says.per_week),
        questions: (1..=QUESTIONS)
            .map(|number| {
                let question = says.questions.get(number - 1);
                QuestionFields {
                    number,
                    label: question.map_or_else(String::new, |one| one.label.clone()),
                    required: question.is_some_and(|one| one.required),
                    long: question.is_some_and(|one| one.long),
                    error: String::new(),
                }
            })
            .collect(),
        version,
        errors: FieldErrors::none(),
    }
}

/// What the form says, or what is wrong with which field.
pub(super) fn read_form(fields: &Fields) -> Result<NewLink> {
    let number = |field: &'static str| -> Result<u32> {
        fields.get(field).trim().parse().map_err(|_| Error::invalid(field, "This should be a whole number."))
    };
    let optional = |field: &'static str| match fields.get(field).trim() {
        "" => Ok(None),
        _ => number(field).map(Some),
    };
    let chosen = |field: &'static str| Error::invalid(field, "Choose one of the list.");
    let lengths: Result<Vec<u32>> = fields
        .get("lengths")
        .split([',', ';', ' '])
        .filter(|part| !part.trim().is_empty())
        .map(|part| part.trim().parse())
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| Error::invalid("lengths", "The lengths should look like 30, 60."));
    Ok(NewLink {
        name: fields.owned("name"),
        title: fields.owned("title"),
        description: fields.owned("description"),
        lengths: lengths?,
        place: Place::parse(fields.get("place")).ok_or_else(|| chosen("place"))?,
        place_words: fields.owned("place_words"),
        questions: questions(fields).into_iter().map(|(_, question)| question).collect(),
        week: hours_of(fields.get("hours"))?,
        notice_minutes: number("notice_minutes")?,
        horizon_days: number("horizon_days")?,
        buffer_before_minutes: number("buffer_before_minutes")?,
        buffer_after_minutes: number("buffer_after_minutes")?,
        step_minutes: number("step_minutes")?,
        per_day: optional("per_day")?,
        per_week: optional("per_week")?,
        resources: rooms::typed(fields),
        confirmation: Confirmation::parse(fields.get("confirmation"))
            .ok_or_else(|| chosen("confirmation"))?,
        access: Access::parse(fields.get("access")).ok_or_else(|| chosen("access"))?,
    })
}

/// The questions that were typed, each with the number of its place.
fn questions(fields: &Fields) -> Vec<(usize, Question)> {
    (1..=QUESTIONS)
        .map(|number| {
            let is_set = |name: &str| !fields.get(&format!("{name}-{number}")).is_empty();
            let label = fields.get(&format!("question-{number}")).trim().to_owned();
            (number, Question { label, required: is_set("required"), long: is_set("long") })
        })
        .filter(|(_, question)| !question.label.is_empty())
        .collect()
}

/// The form as it was typed, which may be more than can be read.
pub(super) fn typed(
    fields: &Fields,
    present: &NewLink,
    (version, house): (i64, &House),
    errors: FieldErrors,
) -> LinkForm {
    let chosen = |field: &str, choices: Vec<Choice>| -> Vec<Choice> {
        let sent = fields.get(field);
        choices.into_iter().map(|one| Choice { chosen: one.value == sent, ..one }).collect()
    };
    let form = form(present, version, house);
    // The room counts the questions that were typed; the page has a place for each that could be.
    let places: Vec<usize> = questions(fields).iter().map(|(number, _)| *number).collect();
    let error_of = |number: usize| {
        let at = places.iter().position(|place| *place == number);
        at.map_or_else(String::new, |at| errors.of(&format!("questions[{at}].label")).to_owned())
    };
    let questions = (1..=QUESTIONS)
        .map(|number| QuestionFields {
            number,
            label: fields.owned(&format!("question-{number}")),
            required: !fields.get(&format!("required-{number}")).is_empty(),
            long: !fields.get(&format!("long-{number}")).is_empty(),
            error: error_of(number),
        })
        .collect();
    LinkForm {
        title: fields.owned("title"),
        name: fields.owned("name"),
        description: fields.owned("description"),
        lengths: fields.owned("lengths"),
        places: chosen("place", form.places),
        place_words: fields.owned("place_words"),
        rooms: rooms::ticked(&rooms::typed(fields)),
        confirmation: chosen("confirmation", form.confirmation),
        access: chosen("access", form.access),
        hours: fields.owned("hours"),
        notice: chosen("notice_minutes", form.notice),
        horizon: chosen("horizon_days", form.horizon),
        before: chosen("buffer_before_minutes", form.before),
        after: chosen("buffer_after_minutes", form.after),
        step: chosen("step_minutes", form.step),
        per_day: fields.owned("per_day"),
        per_week: fields.owned("per_week"),
        questions,
        errors,
        ..form
    }
}
