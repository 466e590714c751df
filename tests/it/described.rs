//! Whether an answer keeps to the description of the API: the words of JSON Schema that stand in it, and no more fields than it
//! names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Holds an answer against a schema of the document, and what lies in it likewise.
#[track_caller]
pub(crate) fn hold(document: &Value, name: &str, value: &Value) {
    let schema = named(document, name);
    if let Err(why) = fits(document, schema, value, name) {
        panic!("{why} in {value}");
    }
}

/// The schema of what a call answers with a status.
pub(crate) fn answer<'a>(document: &'a Value, method: &str, path: &str, status: &str) -> &'a Value {
    &document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
}

fn named<'a>(document: &'a Value, name: &str) -> &'a Value {
    &document["components"]["schemas"][name]
}

/// What a schema that only names another one names.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        Some(name) => named(document, name),
        None => schema,
    }
}

/// The fields of a schema, and those that must be there, with those of every part of it.
fn fields<'a>(
    document: &'a Value,
    schema: &'a Value,
    (may, must): (&mut BTreeMap<&'a str, &'a Value>, &mut BTreeSet<&'a str>),
) {
    let schema = resolved(document, schema);
    may.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, it)| (name.as_str(), it)));
    must.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fields(document, part, (may, must));
    }
}

/// Whether a value keeps to a schema; else what does not, and where.
pub(crate) fn fits(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolved(document, schema);
    if !schema.is_object() {
        return Err(format!("nothing describes {at}"));
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let found: Vec<_> = ways.iter().map(|way| fits(document, way, value, at)).collect();
        let many = found.iter().filter(|one| one.is_ok()).count();
        return if many == 1 { Ok(()) } else { Err(format!("{at} is {many} of {found:?}")) };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_whole_of_any = kind == "integer" && types.contains(&"number");
    if !types.is_empty() && !types.contains(&kind) && !is_whole_of_any {
        return Err(format!("{at} is {kind} and not {types:?}"));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Err(format!("{at} is {value} and none of {}", schema["enum"]));
    }
    for (place, one) in value.as_array().into_iter().flatten().enumerate() {
        fits(document, &schema["items"], one, &format!("{at}[{place}]"))?;
    }
    let (mut may, mut must) = (BTreeMap::new(), BTreeSet::new());
    fields(document, schema, (&mut may, &mut must));
    let Some(given) = value.as_object().filter(|_| !may.is_empty()) else { return Ok(()) };
    if let Some(lacks) = must.iter().find(|name| !given.contains_key(**name)) {
        return Err(format!("{at} lacks {lacks}"));
    }
    for (name, inner) in given {
        let described = may.get(name.as_str()).ok_or_else(|| format!("{at} has {name} too"))?;
        fits(document, described, inner, &format!("{at}.{name}"))?;
    }
    Ok(())
}
