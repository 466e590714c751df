//! The words: weekdays, months, numbers, parts of the day, in English and where it is cheap in German,
//! French and Spanish.

use chrono::Weekday;

/// A part of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Morning,
    Afternoon,
    Evening,
}

/// A weekday by its full name.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "montag" | "lundi" | "lunes" => Weekday::Mon,
        "tuesday" | "dienstag" | "mardi" | "martes" => Weekday::Tue,
        "wednesday" | "mittwoch" | "mercredi" | "miércoles" | "miercoles" => Weekday::Wed,
        "thursday" | "donnerstag" | "jeudi" | "jueves" => Weekday::Thu,
        "friday" | "freitag" | "vendredi" | "viernes" => Weekday::Fri,
        "saturday" | "samstag" | "sonnabend" | "samedi" | "sábado" | "sabado" => Weekday::Sat,
        "sunday" | "sonntag" | "dimanche" | "domingo" => Weekday::Sun,
        _ => return None,
    })
}

/// A weekday cut short; some of these are words of their own.
pub(super) fn weekday_short(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" => Weekday::Mon,
        "tue" | "tues" => Weekday::Tue,
        "wed" | "weds" => Weekday::Wed,
        "thu" | "thur" | "thurs" => Weekday::Thu,
        "fri" => Weekday::Fri,
        "sat" => Weekday::Sat,
        "sun" => Weekday::Sun,
        _ => return None,
    })
}

/// A month, 1 to 12.
pub(super) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &["january", "jan", "januar", "jänner", "janvier", "enero"],
        &["february", "feb", "februar", "février", "fevrier", "febrero"],
        &["march", "mar", "märz", "mars", "marzo"],
        &["april", "apr", "avril", "abril"],
        &["may", "mai", "mayo"],
        &["june", "jun", "juni", "juin", "junio"],
        &["july", "jul", "juli", "juillet", "julio"],
        &["august", "aug", "août", "aout", "agosto"],
        &["september", "sep", "sept", "septembre", "septiembre"],
        &["october", "oct", "oktober", "okt", "octobre", "octubre"],
        &["november", "nov", "novembre", "noviembre"],
        &["december", "dec", "dezember", "dez", "décembre", "decembre", "diciembre"],
    ];
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    u32::try_from(at + 1).ok()
}

/// A number from one to twelve, as an hour is said.
pub(super) fn hour_word(word: &str) -> Option<u32> {
    const HOURS: [&[&str]; 12] = [
        &["one", "eins"],
        &["two", "zwei"],
        &["three", "drei"],
        &["four", "vier"],
        &["five", "fünf"],
        &["six", "sechs"],
        &["seven", "sieben"],
        &["eight", "acht"],
        &["nine", "neun"],
        &["ten", "zehn"],
        &["eleven", "elf"],
        &["twelve", "zwölf"],
    ];
    let at = HOURS.iter().position(|names| names.contains(&word))?;
    u32::try_from(at + 1).ok()
}

/// Minutes as they are said after an hour, or before "past" and "to".
pub(super) fn minute_word(word: &str) -> Option<u32> {
    Some(match word {
        "five" | "fünf" => 5,
        "ten" | "zehn" => 10,
        "fifteen" | "quarter" | "viertel" => 15,
        "twenty" | "zwanzig" => 20,
        "thirty" => 30,
        "forty" => 40,
        "fifty" => 50,
        _ => return None,
    })
}

/// A part of the day.
pub(super) fn part(word: &str) -> Option<Part> {
    Some(match word {
        "morning" | "morgens" | "vormittag" | "vormittags" | "früh" | "matin" => Part::Morning,
        "afternoon" | "nachmittag" | "nachmittags" | "tarde" => Part::Afternoon,
        "evening" | "night" | "abend" | "abends" | "soir" | "noche" => Part::Evening,
        _ => return None,
    })
}

/// Words that stand before a point in time and name it.
pub(super) fn is_at(word: &str) -> bool {
    matches!(word, "at" | "um" | "à" | "las" | "gegen" | "around" | "about" | "ca" | "say" | "vers")
}

/// Words that stand before a point in time and mean a stretch of it.
pub(super) fn is_vague(word: &str) -> bool {
    matches!(
        word,
        "until"
            | "till"
            | "til"
            | "before"
            | "after"
            | "by"
            | "since"
            | "between"
            | "past"
            | "last"
            | "bis"
            | "nach"
            | "vor"
            | "ab"
            | "seit"
            | "zwischen"
            | "letzten"
            | "avant"
            | "après"
            | "depuis"
            | "dès"
            | "entre"
            | "antes"
            | "después"
            | "desde"
            | "hasta"
            | "every"
            | "jeden"
            | "chaque"
            | "cada"
            | "from"
            | "von"
            | "de"
            | "except"
            | "unless"
    )
}

/// Words that say no.
pub(super) fn is_no(word: &str) -> bool {
    word.ends_with("n't")
        || matches!(
            word,
            "not"
                | "no"
                | "cant"
                | "cannot"
                | "wont"
                | "dont"
                | "doesnt"
                | "isnt"
                | "unable"
                | "impossible"
                | "never"
                | "busy"
                | "booked"
                | "unavailable"
                | "conflict"
                | "conflicts"
                | "clash"
                | "clashes"
                | "already"
                | "another"
                | "leave"
                | "leaving"
                | "arrive"
                | "arriving"
                | "flight"
                | "train"
                | "away"
                | "off"
                | "unfortunately"
                | "nicht"
                | "kein"
                | "keine"
                | "keinen"
                | "leider"
                | "schon"
                | "bereits"
                | "pas"
                | "ne"
                | "malheureusement"
                | "déjà"
                | "tampoco"
                | "ya"
                | "nunca"
                | "lamentablemente"
        )
}

/// Words that begin a proposal after a comma.
pub(super) fn is_cue(word: &str) -> bool {
    matches!(
        word,
        "can"
            | "could"
            | "how"
            | "what"
            | "let's"
            | "lets"
            | "would"
            | "maybe"
            | "perhaps"
            | "please"
            | "move"
            | "instead"
            | "might"
            | "shall"
            | "suggest"
            | "propose"
            | "prefer"
            | "rather"
            | "können"
            | "könnten"
            | "geht"
            | "ginge"
            | "wie"
            | "lieber"
            | "passt"
            | "peut"
            | "on"
            | "pouvons"
            | "pourrait"
            | "plutôt"
            | "podemos"
            | "puede"
            | "podríamos"
            | "mejor"
            | "so"
            | "but"
            | "aber"
            | "mais"
            | "pero"
            | "then"
    )
}

/// Words that divide a sentence into what is not and what is.
pub(super) fn is_but(word: &str) -> bool {
    matches!(word, "but" | "aber" | "sondern" | "mais" | "pero" | "sino" | "however")
}

/// Words of moving something from one time to another.
pub(super) fn is_move(word: &str) -> bool {
    matches!(
        word,
        "move"
            | "moved"
            | "moving"
            | "push"
            | "shift"
            | "reschedule"
            | "change"
            | "postpone"
            | "verschieben"
            | "verlegen"
            | "déplacer"
            | "décaler"
            | "cambiar"
            | "mover"
    )
}

/// Words that may follow a bare hour: "at 3 on Tuesday" is a time, "at 3 Main Street" is a place.
pub(super) fn may_follow_hour(word: &str) -> bool {
    const WORDS: &str = "on in or and if please pls would could should work works is be to until till instead \
        then for the tomorrow today tonight this next ok okay my your our maybe suits fits with too also thanks \
        past sharp it we i at so because as bis am heute morgen gehen passen oder und le demain et ou el de la \
        mañana hoy y o a à si";
    word.is_empty()
        || weekday(word).is_some()
        || part(word).is_some()
        || WORDS.split_whitespace().any(|one| one == word)
}
