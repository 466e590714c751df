//! What a receiving server that we trust found out about the sender: the `Authentication-Results` header
//! (RFC 8601), read from the topmost one that bears its name and from no other, since anybody can write one.

/// What a check came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It passed.
    Pass,
    /// It was made and did not pass.
    Fail,
    /// It was not made, could not be made, or nobody trusted says anything of it.
    #[default]
    Unknown,
}

/// The verdicts on one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// RFC 7208: the sending machine may send for the envelope's domain.
    pub spf: Verdict,
    /// RFC 6376: a signature holds.
    pub dkim: Verdict,
    /// RFC 7489: one of them holds for the domain of `From`. The only one that says anything of the author.
    pub dmarc: Verdict,
}

/// Reads the fields, topmost first, for the server named `trusted`; with no name nothing is believed.
pub fn authentication(fields: &[String], trusted: &str) -> Authentication {
    let trusted = trusted.trim();
    let ours = |field: &&String| {
        let clean = without_comments(field);
        let id = clean.split(';').next().and_then(|id| id.split_whitespace().next()).unwrap_or_default();
        id.trim_matches('"').eq_ignore_ascii_case(trusted)
    };
    match fields.iter().find(ours) {
        Some(field) if !trusted.is_empty() => read(&without_comments(field)),
        _ => Authentication::default(),
    }
}

fn read(clean: &str) -> Authentication {
    let mut found = Authentication::default();
    for statement in clean.split(';').skip(1) {
        let Some(first) = statement.split_whitespace().next() else { continue };
        // `dkim=pass` may have white space round its equals sign.
        let Some((method, rest)) = statement.trim_start().split_once('=') else { continue };
        let result = rest.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let verdict = match result.as_str() {
            "pass" => Verdict::Pass,
            "fail" | "softfail" | "hardfail" | "policy" | "permerror" | "neutral" => Verdict::Fail,
            _ => Verdict::Unknown,
        };
        // `dmarc/1=pass`: a version may follow the method.
        let method = method.trim().split('/').next().unwrap_or(first).trim().to_ascii_lowercase();
        match method.as_str() {
            "spf" => found.spf = verdict,
            // A message may bear several signatures; one that holds is enough.
            "dkim" if found.dkim != Verdict::Pass => found.dkim = verdict,
            "dmarc" => found.dmarc = verdict,
            _ => {}
        }
    }
    found
}

/// Without comments, and without the semicolons inside quoted strings.
fn without_comments(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for c in field.chars() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth = depth.saturating_sub(1);
                out.push(' ');
            }
            ';' if quoted => {}
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}
