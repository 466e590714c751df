//! Schemas: what a type of task is sent, and what comes of it, in a part of JSON Schema 2020-12 that is checked whole.
//!
//! A word that is not of the part is refused when a schema is declared: what is not checked is never declared. `title`,
//! `description` and `$schema` say something to people and check nothing (2020-12 Validation, 9.1; Core, 8.1.1).

use serde_json::{Map, Value};

use crate::base::error::{Error, Result};
use crate::base::time::Timestamp;

/// The largest schema, and the largest value that is checked by one, in bytes of JSON.
pub const BYTES_MAX: usize = 16 * 1_024;
/// How deep schemas and values nest.
const DEPTH_MAX: usize = 16;
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "integer", "string"];

/// What a value has to be like: of words that are known, each with what it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema(Value);

/// Why a value does not fit: where, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// `payload.text`, `payload.with[2]`.
    pub at: String,
    /// A sentence for people.
    pub says: String,
}

impl Schema {
    /// Takes a schema that somebody declares, in their field `field`.
    pub fn declared(field: &str, schema: Value) -> Result<Self> {
        if schema.to_string().len() > BYTES_MAX {
            return Err(Error::invalid(field.to_owned(), "A schema has 16 KiB at most."));
        }
        known(&schema, field, 0)?;
        Ok(Self(schema))
    }

    /// A schema that was declared before.
    pub(super) fn stored(text: &str) -> Result<Self> {
        serde_json::from_str(text).map(Self).map_err(Error::internal)
    }

    /// What takes anything.
    pub(super) fn anything() -> Self {
        Self(Value::Bool(true))
    }

    /// As it was declared.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Whether a value fits; `root` is what it is called.
    pub fn check(&self, root: &str, value: &Value) -> Result<(), Misfit> {
        fits(&self.0, value, root, 0)
    }
}

fn wrong<T>(at: &str, says: impl Into<String>) -> Result<T> {
    Err(Error::invalid(at.to_owned(), says.into()))
}

/// Whether every word of a schema is known, and takes what stands there.
fn known(schema: &Value, at: &str, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return wrong(at, "Schemas nest 16 deep at most.");
    }
    let words = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Object(words) => words,
        _ => return wrong(at, "A schema is an object, true or false."),
    };
    for (word, takes) in words {
        let at = format!("{at}.{word}");
        match word.as_str() {
            "type" => types(takes, &at)?,
            "properties" => {
                let Some(properties) = takes.as_object() else {
                    return wrong(&at, "Name each with its schema.");
                };
                for (name, schema) in properties {
                    known(schema, &format!("{at}.{name}"), depth + 1)?;
                }
            }
            "required" => names(takes, &at)?,
            "additionalProperties" | "items" => known(takes, &at, depth + 1)?,
            "enum" => match takes.as_array() {
                Some(all) if !all.is_empty() => {}
                _ => return wrong(&at, "List what it may be."),
            },
            "const" => {}
            "minimum" | "maximum" if takes.is_number() => {}
            "minimum" | "maximum" => return wrong(&at, "This takes a number."),
            "minLength" | "maxLength" | "minItems" | "maxItems" if takes.as_u64().is_some() => {}
            "minLength" | "maxLength" | "minItems" | "maxItems" => {
                return wrong(&at, "This takes a whole number from 0.");
            }
            "format" if matches!(takes.as_str(), Some("date" | "date-time" | "uri")) => {}
            "format" => return wrong(&at, "The formats that are checked are date, date-time and uri."),
            "title" | "description" if takes.is_string() => {}
            "title" | "description" => return wrong(&at, "This takes a text."),
            "$schema" if depth == 0 && takes == DIALECT => {}
            "$schema" => return wrong(&at, format!("The dialect is {DIALECT}, named at the top.")),
            _ => {
                return wrong(
                    &at,
                    "This house does not check that, so it cannot be declared. Use type, properties, required, additionalProperties, items, enum, const, minimum, maximum, minLength, maxLength, minItems, maxItems and format.",
                );
            }
        }
    }
    Ok(())
}

fn types(takes: &Value, at: &str) -> Result<()> {
    let is_type = |one: &Value| one.as_str().is_some_and(|name| TYPES.contains(&name));
    let is_fine = match takes {
        Value::Array(all) => !all.is_empty() && all.iter().all(is_type),
        one => is_type(one),
    };
    if is_fine {
        Ok(())
    } else {
        wrong(at, format!("A type is one of {}, or several of them.", TYPES.join(", ")))
    }
}

fn names(takes: &Value, at: &str) -> Result<()> {
    match takes.as_array() {
        Some(all) if all.iter().all(Value::is_string) => Ok(()),
        _ => wrong(at, "List the names."),
    }
}

fn misfit(at: &str, says: impl Into<String>) -> Result<(), Misfit> {
    Err(Misfit { at: at.to_owned(), says: says.into() })
}

fn fits(schema: &Value, value: &Value, at: &str, depth: usize) -> Result<(), Misfit> {
    if depth > DEPTH_MAX {
        return misfit(at, "This nests too deep.");
    }
    let words = match schema {
        Value::Bool(false) => return misfit(at, "This is not known here."),
        Value::Object(words) => words,
        _ => return Ok(()),
    };
    if let Some(wanted) = words.get("type")
        && !is_of(wanted, value)
    {
        return misfit(at, format!("This should be {}.", type_words(wanted)));
    }
    if let Some(all) = words.get("enum").and_then(Value::as_array)
        && !all.iter().any(|one| is_same(one, value))
    {
        let all: Vec<String> = all.iter().map(Value::to_string).collect();
        return misfit(at, format!("This should be one of {}.", all.join(", ")));
    }
    if let Some(only) = words.get("const")
        && !is_same(only, value)
    {
        return misfit(at, format!("This should be {only}."));
    }
    match value {
        Value::Object(fields) => object(words, fields, at, depth),
        Value::Array(items) => array(words, items, at, depth),
        Value::String(text) => string(words, text, at),
        Value::Number(number) => within(words, number.as_f64().unwrap_or(f64::NAN), at),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn object(
    words: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    depth: usize,
) -> Result<(), Misfit> {
    let required = words.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return misfit(&format!("{at}.{name}"), "This is missing.");
        }
    }
    let properties = words.get("properties").and_then(Value::as_object);
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        let schema = properties.and_then(|all| all.get(name)).or_else(|| words.get("additionalProperties"));
        if let Some(schema) = schema {
            fits(schema, value, &at, depth + 1)?;
        }
    }
    Ok(())
}

fn array(words: &Map<String, Value>, items: &[Value], at: &str, depth: usize) -> Result<(), Misfit> {
    length(words, ("minItems", "maxItems"), items.len(), at, "entries")?;
    if let Some(schema) = words.get("items") {
        for (place, item) in items.iter().enumerate() {
            fits(schema, item, &format!("{at}[{place}]"), depth + 1)?;
        }
    }
    Ok(())
}

fn string(words: &Map<String, Value>, text: &str, at: &str) -> Result<(), Misfit> {
    length(words, ("minLength", "maxLength"), text.chars().count(), at, "characters")?;
    match words.get("format").and_then(Value::as_str) {
        Some("date") if text.len() != 10 || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_err() => {
            misfit(at, "This should be a date like 2026-11-25.")
        }
        Some("date-time") if Timestamp::parse_rfc3339(text).is_none() => {
            misfit(at, "This should be a time like 2026-11-25T10:30:00+01:00.")
        }
        Some("uri") if !is_uri(text) => misfit(at, "This should be an address like https://example.org/."),
        _ => Ok(()),
    }
}

fn length(
    words: &Map<String, Value>,
    (least, most): (&str, &str),
    has: usize,
    at: &str,
    what: &str,
) -> Result<(), Misfit> {
    let limit =
        |word: &str| words.get(word).and_then(Value::as_u64).and_then(|many| usize::try_from(many).ok());
    if let Some(least) = limit(least).filter(|least| has < *least) {
        return misfit(at, format!("This should have {least} {what} at least."));
    }
    match limit(most).filter(|most| has > *most) {
        Some(most) => misfit(at, format!("This should have {most} {what} at most.")),
        None => Ok(()),
    }
}

fn within(words: &Map<String, Value>, number: f64, at: &str) -> Result<(), Misfit> {
    let limit = |word: &str| words.get(word).and_then(Value::as_f64);
    if let Some(least) = limit("minimum").filter(|least| number < *least) {
        return misfit(at, format!("This should be {least} or more."));
    }
    match limit("maximum").filter(|most| number > *most) {
        Some(most) => misfit(at, format!("This should be {most} or less.")),
        None => Ok(()),
    }
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(all) => all.iter().any(|one| is_of(one, value)),
        Value::String(name) => match name.as_str() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            // 1.0 is a whole number (2020-12 Validation, 6.1.1).
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            _ => false,
        },
        _ => false,
    }
}

fn type_words(wanted: &Value) -> String {
    let one = |name: &str| match name {
        "object" => "an object".to_owned(),
        "array" => "a list".to_owned(),
        "string" => "a text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        other => other.to_owned(),
    };
    match wanted {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or "),
        other => one(other.as_str().unwrap_or_default()),
    }
}

/// Whether two values are the same: numbers by what they are worth, objects whatever their order (2020-12 Core, 4.2.2).
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same(value, other)))
        }
        (one, other) => one == other,
    }
}

/// A scheme and something behind it, of the characters that an address may have (RFC 3986, 2 and 3.1).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    is_scheme && !rest.is_empty() && rest.chars().all(may_stand)
}
