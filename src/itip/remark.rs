//! What a person added to an answer that their calendar program wrote: "Can we do 3pm on Tuesday?" beside ACCEPTED.
//!
//! Programs put sentences of their own into the text of an answer ("Robin has accepted this invitation."), and the
//! event below them. Whatever stands above the first of those is the person's. English, German, French, Spanish and
//! Italian are known; a sentence in another language is taken for the person's. It knows plain text only.

use super::new_words;

/// The line that old Exchange servers draw between the event and what the person wrote.
const EXCHANGE_RULE: &str = "*~*~*~*~*~*~*~*~*~*";
/// A program's sentence with only its answer in it is short: "Robin Example accepted".
const SHORT_WORDS: usize = 6;

/// The person's own words in the text of an answer, or in its COMMENT: without quotes, signatures
/// ([`new_words`]) and what programs write themselves. Empty, if the person added nothing.
pub fn remark(text: &str) -> String {
    let text = text.rsplit_once(EXCHANGE_RULE).map_or(text, |(_, below)| below);
    let words = new_words(text);
    let own: Vec<&str> = words.split('\n').take_while(|line| !is_programs(line)).collect();
    own.join("\n").trim().to_owned()
}

/// Whether a calendar program wrote a line.
fn is_programs(line: &str) -> bool {
    let line = line.trim().trim_start_matches('*').to_lowercase();
    if line.is_empty() || line.contains('?') {
        return false;
    }
    is_label(&line) || is_answer_alone(&line) || !is_in_first_person(&line) && is_statement(&line)
}

/// The event, field by field: `When: Wednesday, …`.
fn is_label(line: &str) -> bool {
    const LABELS: &[&str] = &[
        "when",
        "where",
        "who",
        "what",
        "title",
        "event",
        "organizer",
        "organiser",
        "location",
        "calendar",
        "subject",
        "summary",
        "attendees",
        "invitees",
        "wann",
        "wo",
        "titel",
        "ort",
        "betreff",
        "veranstalter",
        "organisator",
        "teilnehmer",
        "quand",
        "où",
        "titre",
        "lieu",
        "organisateur",
        "cuándo",
        "dónde",
        "título",
        "lugar",
        "organizador",
        "quando",
        "dove",
        "titolo",
        "luogo",
        "organizzatore",
    ];
    line.split_once(':').is_some_and(|(label, _)| LABELS.contains(&label.trim().trim_end_matches('*')))
}

/// `Accepted`, `Declined: Practice Session`.
fn is_answer_alone(line: &str) -> bool {
    const ANSWERS: &[&str] = &[
        "accepted",
        "declined",
        "tentative",
        "tentatively accepted",
        "delegated",
        "rsvp",
        "new time proposed",
        "angenommen",
        "zugesagt",
        "abgelehnt",
        "abgesagt",
        "mit vorbehalt",
        "delegiert",
        "accepté",
        "refusé",
        "provisoire",
        "aceptado",
        "aceptada",
        "rechazado",
        "rechazada",
        "provisional",
        "accettato",
        "rifiutato",
    ];
    let answer = line.split_once(':').map_or(line, |(answer, _)| answer);
    ANSWERS.contains(&answer.trim().trim_end_matches(['.', '!']))
}

/// "I have declined the other one": nobody's program says that.
fn is_in_first_person(line: &str) -> bool {
    const WORDS: &[&str] =
        &["i", "we", "my", "me", "our", "us", "ich", "wir", "mir", "mich", "je", "nous", "yo", "mi", "io"];
    line.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// What is said of the person by name: `Robin has accepted this invitation.`
fn is_statement(line: &str) -> bool {
    const PARTS: &[&str] = &[
        " has accepted",
        " has declined",
        " has tentatively",
        " has provisionally",
        " has replied",
        " has responded",
        " has delegated",
        " has proposed",
        " accepted your ",
        " accepted the ",
        " accepted this ",
        " declined your ",
        " declined the ",
        " declined this ",
        " tentatively accepted",
        " will attend",
        " will not attend",
        " a accepté",
        " a refusé",
        " a décliné",
        " a répondu",
        " ha aceptado",
        " ha rechazado",
        " ha respondido",
        " ha accettato",
        " ha rifiutato",
        " ha risposto",
    ];
    const GERMAN: &[&str] = &["angenommen", "zugesagt", "abgelehnt", "abgesagt", "akzeptiert", "beantwortet"];
    const LAST: &[&str] = &[" accepted", " declined", " delegated", " is tentative", " tentative"];
    let line = line.trim_end_matches(['.', '!', ':']);
    let is_short = line.split_whitespace().count() <= SHORT_WORDS;
    PARTS.iter().any(|part| line.contains(part))
        || line.contains(" hat ") && GERMAN.iter().any(|word| line.contains(word))
        || is_short && LAST.iter().any(|word| line.ends_with(word))
}
