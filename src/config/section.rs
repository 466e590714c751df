//! A table of the configuration: its keys with their doc comments, defaults and rules, said once.
//!
//! [`section!`] makes of one declaration the struct, its reader, its checks and its part of the manual.

use super::given::Given;
use super::setting::Setting;

/// A key as the manual tells of it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// `mail.smtp.host`.
    pub(super) path: String,
    /// The lines of its doc comment.
    pub(super) doc: Vec<&'static str>,
    /// Its default.
    pub(super) default: toml::Value,
    /// What it should be.
    pub(super) should_be: &'static str,
    /// Whether it is never shown, and may be given as a file.
    pub(super) secret: bool,
    /// Whether the default does not do and a value must be given.
    pub(super) required: bool,
}

/// A table as the manual tells of it, with its own keys.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// `mail.smtp`; empty for the top of the file.
    pub(super) path: String,
    /// The lines of its doc comment.
    pub(super) doc: Vec<&'static str>,
    /// Whether it is absent unless it is given.
    pub(super) optional: bool,
    /// Its own keys.
    pub(super) keys: Vec<Key>,
}

/// Somebody who is told of each value that breaks a rule: its key, and what it should be.
pub(super) type Report<'r> = &'r mut dyn FnMut(&str, &str);

/// A table of the configuration.
pub(super) trait Section: Sized {
    /// What it is if nothing is given.
    fn by_default() -> Self;
    /// Reads it; what cannot be read is noted in `given` and left at its default.
    fn read(given: &mut Given, path: &str) -> Self;
    /// Holds its values against their rules.
    fn hold_rules(&self, path: &str, report: Report<'_>);
    /// Adds itself and the tables in it to the manual.
    fn describe(path: &str, optional: bool, to: &mut Vec<Table>);
    /// Adds itself and the tables in it to what is shown, secrets as `***`.
    fn show(&self) -> toml::Table;
}

/// A table that is there only if it is given.
impl<S: Section> Section for Option<S> {
    fn by_default() -> Self {
        None
    }

    fn read(given: &mut Given, path: &str) -> Self {
        given.has_table(path).then(|| S::read(given, path))
    }

    fn hold_rules(&self, path: &str, report: Report<'_>) {
        if let Some(section) = self {
            section.hold_rules(path, report);
        }
    }

    fn describe(path: &str, _: bool, to: &mut Vec<Table>) {
        S::describe(path, true, to);
    }

    fn show(&self) -> toml::Table {
        self.as_ref().map(S::show).unwrap_or_default()
    }
}

/// `mail` and `smtp` are `mail.smtp`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether `value` keeps `rule`.
pub(super) fn keeps<T>(value: &T, rule: impl Fn(&T) -> bool) -> bool {
    rule(value)
}

/// What a setting should be, where no rule says it better.
pub(super) fn should_be<S: Setting>(_: &S) -> &'static str {
    S::SHOULD_BE
}

/// Whether a setting is a secret.
pub(super) fn is_secret<S: Setting>(_: &S) -> bool {
    S::SECRET
}

/// Declares a table: its struct with one `field: Kind = default => rule, "what it should be";` per key, and
/// the tables in it.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident {
            $($(#[doc = $doc:literal])* $field:ident: $kind:ty = $default:expr $(=> $rule:expr, $should_be:literal)?;)*
        }
        $(tables { $($(#[doc = $sub_doc:literal])* $sub:ident: $sub_kind:ty;)* })?
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])* pub $field: $kind,)*
            $($($(#[doc = $sub_doc])* pub $sub: $sub_kind,)*)?
        }

        impl Default for $name {
            fn default() -> Self {
                $crate::config::section::Section::by_default()
            }
        }

        impl $crate::config::section::Section for $name {
            fn by_default() -> Self {
                Self {
                    $($field: $default,)*
                    $($($sub: $crate::config::section::Section::by_default(),)*)?
                }
            }

            fn read(given: &mut $crate::config::given::Given, path: &str) -> Self {
                use $crate::config::section::join;
                Self {
                    $($field: given.take(&join(path, stringify!($field))).unwrap_or_else(|| $default),)*
                    $($($sub: $crate::config::section::Section::read(given, &join(path, stringify!($sub))),)*)?
                }
            }

            fn hold_rules(&self, path: &str, report: $crate::config::section::Report<'_>) {
                $($(
                    if !$crate::config::section::keeps(&self.$field, $rule) {
                        report(&$crate::config::section::join(path, stringify!($field)), $should_be);
                    }
                )?)*
                $($(
                    self.$sub.hold_rules(&$crate::config::section::join(path, stringify!($sub)), report);
                )*)?
                let _ = (path, report);
            }

            fn describe(path: &str, optional: bool, to: &mut Vec<$crate::config::section::Table>) {
                use $crate::config::section::{Key, is_secret, join, should_be};
                use $crate::config::setting::Setting;
                let defaults = Self::by_default();
                let mut broken = Vec::new();
                defaults.hold_rules("", &mut |key, _| broken.push(key.to_owned()));
                let keys = vec![$(Key {
                    path: join(path, stringify!($field)),
                    doc: vec![$($doc),*],
                    default: defaults.$field.to_value(),
                    should_be: [$($should_be,)? should_be(&defaults.$field)][0],
                    secret: is_secret(&defaults.$field),
                    required: broken.iter().any(|key| key == stringify!($field)),
                },)*];
                to.push($crate::config::section::Table {
                    path: path.to_owned(),
                    doc: vec![$($about),*],
                    optional,
                    keys,
                });
                $($(<$sub_kind>::describe(&join(path, stringify!($sub)), optional, to);)*)?
            }

            fn show(&self) -> toml::Table {
                let mut table = toml::Table::new();
                $(table.insert(
                    stringify!($field).to_owned(),
                    $crate::config::setting::Setting::to_value(&self.$field),
                );)*
                $($(
                    let sub = $crate::config::section::Section::show(&self.$sub);
                    if !sub.is_empty() {
                        table.insert(stringify!($sub).to_owned(), toml::Value::Table(sub));
                    }
                )*)?
                table
            }
        }
    };
}
pub(super) use section;
