//! The rooms that a line names: `in the Blue Room`, `at Studio 2`. Pure. They are taken out of the line before the rest of
//! it is read, which takes every word or none: what only looks like a room is left for it to refuse.

use crate::base::id::AgentId;

/// A line without the rooms that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// What is left of the line.
    pub(super) line: String,
    /// The rooms, in order, each once.
    pub(super) rooms: Vec<AgentId>,
}

/// Takes the rooms out of a line. A name that two of them have means neither.
pub(super) fn take_out(line: &str, known: &[(AgentId, &str)]) -> Rest {
    let mut names: Vec<(AgentId, Vec<String>)> =
        known.iter().map(|(id, name)| (*id, words(name).map(plain).collect())).collect();
    // `Blue Room 2` before `Blue Room`.
    names.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
    let is_one = |name: &[String]| names.iter().filter(|(_, other)| other == name).count() == 1;
    let said: Vec<&str> = words(line).collect();
    let mut rest = Rest { line: String::new(), rooms: Vec::new() };
    let mut at = 0;
    while at < said.len() {
        let found = names.iter().find_map(|(id, name)| {
            let end = end_of(&said, at, name)?;
            is_one(name).then_some((*id, end))
        });
        if let Some((id, end)) = found {
            if !rest.rooms.contains(&id) {
                rest.rooms.push(id);
            }
            at = end;
            continue;
        }
        if !rest.line.is_empty() {
            rest.line.push(' ');
        }
        rest.line.push_str(said[at]);
        at += 1;
    }
    rest
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// A word as it is compared.
fn plain(word: &str) -> String {
    word.trim_end_matches([',', '.', ';', '!', '?']).to_lowercase()
}

/// Where `in the <name>` ends that begins at a word, if it does.
fn end_of(said: &[&str], at: usize, name: &[String]) -> Option<usize> {
    let is = |at: usize, word: &str| said.get(at).is_some_and(|said| plain(said) == word);
    if name.is_empty() || !is(at, "in") && !is(at, "at") {
        return None;
    }
    let has_article = is(at + 1, "the") && name.first().is_some_and(|first| first != "the");
    let first = at + 1 + usize::from(has_article);
    name.iter().enumerate().all(|(n, word)| is(first + n, word)).then_some(first + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Id;

    #[test]
    fn rooms_are_taken_out_of_a_line_and_nothing_else_is() {
        let room = |n: u128| AgentId::from_uuid(uuid::Uuid::from_u128(n));
        let known = [
            (room(1), "Blue Room"),
            (room(2), "Blue Room 2"),
            (room(3), "The Attic"),
            (room(4), "Twin"),
            (room(5), "Twin"),
            (room(6), "Kaffeeküche"),
        ];
        let cases: [(&str, &str, &[u128]); 9] = [
            ("45 minutes with Ben in the Blue Room next week", "45 minutes with Ben next week", &[1]),
            ("in the blue room 2, an hour with Ben", "an hour with Ben", &[2]),
            ("an hour with Ben at Blue Room.", "an hour with Ben", &[1]),
            ("an hour with Ben in the attic", "an hour with Ben", &[3]),
            ("with Ben in KAFFEEKÜCHE and in the Blue Room", "with Ben and", &[6, 1]),
            ("an hour in the Twin", "an hour in the Twin", &[]),
            ("an hour in the Blue", "an hour in the Blue", &[]),
            ("an hour with Blue Room", "an hour with Blue Room", &[]),
            ("in person with Ben in the morning", "in person with Ben in the morning", &[]),
        ];
        for (line, left, rooms) in cases {
            let rooms = rooms.iter().map(|n| room(*n)).collect();
            assert_eq!(take_out(line, &known), Rest { line: left.to_owned(), rooms }, "{line}");
        }
    }
}
