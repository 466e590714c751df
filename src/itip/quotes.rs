//! What a person wrote, without what their mail program put around it: quotes, attributions, signatures.
//!
//! English, German, French, Spanish and Outlook's header blocks are known. It knows plain text only.

/// Lines that are looked at to find an attribution that a mail program has wrapped.
const ATTRIBUTION_LINES: usize = 3;

/// The new text of a plain-text answer: no quoted lines, no "On … wrote:", no original message below,
/// no signature. Line ends are `\n`, blank lines at both ends are gone.
pub fn new_words(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\u{a0}', " ");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        if is_quoted(line) {
            at += 1;
            continue;
        }
        if let Some(length) = attribution(&lines[at..]) {
            // Above a marked quote it goes with it; otherwise everything below is the quote.
            let next = lines[at + length..].iter().find(|line| !line.trim().is_empty());
            if next.is_some_and(|line| is_quoted(line.trim())) {
                at += length;
                continue;
            }
            break;
        }
        if is_end(lines[at], line) || is_header_block(&lines[at..]) {
            break;
        }
        kept.push(lines[at].trim_end());
        at += 1;
    }
    kept.join("\n").trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.starts_with('>') || line.starts_with("|>")
}

/// How many lines an attribution takes, if one begins here.
fn attribution(lines: &[&str]) -> Option<usize> {
    const STARTS: &[&str] = &["on ", "am ", "le ", "el ", "il ", "op ", "em ", "den "];
    const ENDS: &[&str] =
        &["wrote:", "schrieb:", "a écrit :", "a écrit:", "escribió:", "ha scritto:", "schreef:", "escreveu:"];
    let first = lines.first()?.trim().to_lowercase();
    let mut so_far = String::new();
    for (at, line) in lines.iter().take(ATTRIBUTION_LINES).enumerate() {
        let line = line.trim();
        if line.is_empty() {
            return None;
        }
        so_far.push_str(&line.to_lowercase());
        let is_end = ENDS.iter().any(|end| so_far.ends_with(end))
            // German puts the name last: "Am 25.11.2026 um 10:30 schrieb Ana Example:".
            || so_far.ends_with(':') && so_far.starts_with("am ") && so_far.contains(" schrieb ");
        let starts = STARTS.iter().any(|start| first.starts_with(start));
        let has_mark = so_far.contains('<') || so_far.chars().any(|c| c.is_ascii_digit());
        if is_end && (starts || has_mark || at == 0) {
            return Some(at + 1);
        }
        so_far.push(' ');
    }
    None
}

/// A line after which nothing is new: a signature, a separator, a mobile program's line.
fn is_end(raw: &str, line: &str) -> bool {
    const MOBILE: &[&str] = &[
        "sent from my ",
        "sent from outlook",
        "sent from mail for",
        "sent from yahoo",
        "sent from proton",
        "sent from samsung",
        "sent via ",
        "sent with ",
        "get outlook for",
        "von meinem iphone gesendet",
        "von meinem ipad gesendet",
        "von meinem mobiltelefon gesendet",
        "gesendet von ",
        "gesendet mit ",
        "holen sie sich outlook",
        "diese nachricht wurde von ",
        "envoyé de mon ",
        "envoyé depuis ",
        "envoyé à partir ",
        "obtenez outlook",
        "télécharger outlook",
        "enviado desde ",
        "enviado de ",
        "obtener outlook",
        "obtenga outlook",
    ];
    const SEPARATORS: &[&str] = &[
        "original message",
        "original appointment",
        "forwarded message",
        "ursprüngliche nachricht",
        "originalnachricht",
        "ursprünglicher termin",
        "weitergeleitete nachricht",
        "message d'origine",
        "message d’origine",
        "message original",
        "mensaje original",
        "messaggio originale",
        "oorspronkelijk bericht",
    ];
    if raw.trim_end_matches('\r') == "-- " || line == "--" || line == "—" {
        return true;
    }
    let lower = line.to_lowercase();
    let inner = lower.trim_matches(['-', '_', '=', '*', ' ']);
    let is_ruled = lower.starts_with("--") || lower.starts_with("__") || lower.starts_with("==");
    if is_ruled && SEPARATORS.iter().any(|separator| inner.starts_with(separator)) {
        return true;
    }
    let is_rule = line.len() >= 20 && line.chars().all(|c| c == '_');
    is_rule || MOBILE.iter().any(|start| lower.starts_with(start))
}

/// Outlook's `From:`, `Sent:`, `To:`, `Subject:` above the mail that is answered.
fn is_header_block(lines: &[&str]) -> bool {
    const FIRST: &[&str] = &["from:", "von:", "de:", "de :", "da:", "van:"];
    const FOLLOWING: &[&str] = &[
        "sent:",
        "date:",
        "to:",
        "subject:",
        "gesendet:",
        "datum:",
        "an:",
        "betreff:",
        "envoyé:",
        "envoyé :",
        "à:",
        "à :",
        "objet:",
        "objet :",
        "enviado:",
        "fecha:",
        "para:",
        "asunto:",
        "enviado el:",
    ];
    let plain = |line: &str| line.trim().trim_start_matches('*').replace('*', "").to_lowercase();
    let Some(first) = lines.first().map(|line| plain(line)) else { return false };
    if !FIRST.iter().any(|name| first.starts_with(name)) {
        return false;
    }
    let following = lines[1..].iter().take(4).map(|line| plain(line));
    following.filter(|line| FOLLOWING.iter().any(|name| line.starts_with(name))).count() >= 2
}
