//! Reading JSON and queries strictly, and saying of each fault which field it is in and what it should be.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};

use crate::base::error::{Error, Result};

/// A JSON object and nothing else: what is derived for a struct would take an array of its fields as well.
#[derive(Clone, Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }
        from.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

/// Reads JSON of this shape; a field that is not known is refused by name.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize::<_, Object<T>>(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        if inner.is_data() {
            fault(&path, &inner.to_string())
        } else {
            Error::invalid("body", format!("This is not JSON: {}.", uncapped(&inner.to_string())))
        }
    })?;
    reader.end().map_err(|_| Error::invalid("body", "Something follows the JSON."))?;
    Ok(value)
}

/// Reads a query string of this shape.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    actix_web::web::Query::<T>::from_query(query).map(actix_web::web::Query::into_inner).map_err(|error| {
        let words = error.to_string();
        let inner = words.split_once(": ").map_or(words.as_str(), |(_, inner)| inner);
        fault("query", inner)
    })
}

/// What serde says of a value, as an error of its field. A field that is unknown or missing is named with
/// the object it is in.
fn fault(path: &str, says: &str) -> Error {
    let says = says.rsplit_once(" at line ").map_or(says, |(says, _)| says);
    let path = if path == "." { "" } else { path };
    let named = |rest: &str| {
        let name = rest.split('`').nth(1).unwrap_or_default();
        // The path leads to the unknown field itself, or to the object it is in.
        match path.strip_suffix(name).filter(|_| !name.is_empty()) {
            Some(before) if before.is_empty() || before.ends_with('.') => path.to_owned(),
            _ if path.is_empty() || path == "query" => name.to_owned(),
            _ => format!("{path}.{name}"),
        }
    };
    if let Some(rest) = says.strip_prefix("unknown field ") {
        let known: Vec<&str> = rest.split('`').skip(3).step_by(2).collect();
        let unknown = rest.split('`').nth(1).unwrap_or_default();
        let near = known
            .iter()
            .map(|name| (strsim::normalized_damerau_levenshtein(name, unknown), name))
            .filter(|(likeness, _)| *likeness > 0.6)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = match near {
            Some((_, name)) => format!("; did you mean `{name}`?"),
            None if known.is_empty() => ".".to_owned(),
            None => format!("; known are: {}.", known.join(", ")),
        };
        return Error::invalid(named(rest), format!("There is no such field{hint}"));
    }
    if says.starts_with("missing field ") {
        return Error::invalid(named(says), "This field is needed.");
    }
    if says.starts_with("duplicate field ") {
        return Error::invalid(named(says), "This field is given twice.");
    }
    let field = if path.is_empty() { "body" } else { path };
    Error::invalid(field.to_owned(), format!("This cannot be used: {}.", uncapped(says)))
}

/// Without the place, which the field says better.
fn uncapped(says: &str) -> &str {
    says.trim_end_matches('.')
}
