//! What a value of the configuration can be: how it is read from a file, from the environment, and shown.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use toml::Value;

use crate::base::IpRange;
use crate::base::secret::Secret;
use crate::base::text::Address;
use crate::base::time::Zone;

/// One value of the configuration.
pub(super) trait Setting: Sized {
    /// What it should be, for whoever wrote something else.
    const SHOULD_BE: &'static str;
    /// Whether it is never shown, and may be given as a file.
    const SECRET: bool = false;

    /// From a text: the environment has nothing else.
    fn from_text(text: &str) -> Option<Self>;

    /// From a value of the file.
    fn from_value(value: &Value) -> Option<Self> {
        value.as_str().and_then(Self::from_text)
    }

    /// As it is shown, and written in the example.
    fn to_value(&self) -> Value;
}

impl Setting for String {
    const SHOULD_BE: &'static str = "a text";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn to_value(&self) -> Value {
        Value::String(self.clone())
    }
}

impl Setting for bool {
    const SHOULD_BE: &'static str = "true or false";

    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn to_value(&self) -> Value {
        Value::Boolean(*self)
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => {$(
        impl Setting for $kind {
            const SHOULD_BE: &'static str = "a whole number, 0 or more";

            fn from_text(text: &str) -> Option<Self> {
                text.trim().replace('_', "").parse().ok()
            }

            fn from_value(value: &Value) -> Option<Self> {
                value.as_integer().and_then(|number| number.try_into().ok())
            }

            fn to_value(&self) -> Value {
                Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
    )*};
}

whole_numbers!(u16, u32, u64);

impl Setting for f64 {
    const SHOULD_BE: &'static str = "a number";

    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
            Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::Float(*self)
    }
}

impl Setting for PathBuf {
    const SHOULD_BE: &'static str = "a path";

    fn from_text(text: &str) -> Option<Self> {
        (!text.contains('\0')).then(|| Self::from(text))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string_lossy().into_owned())
    }
}

impl Setting for Secret {
    const SHOULD_BE: &'static str = "a text, or a file that holds it";
    const SECRET: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }

    fn to_value(&self) -> Value {
        Value::String(if self.is_empty() { String::new() } else { "***".to_owned() })
    }
}

impl Setting for Address {
    const SHOULD_BE: &'static str = "a mail address, like scheduling@example.org";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn to_value(&self) -> Value {
        Value::String(self.as_str().to_owned())
    }
}

impl Setting for Zone {
    const SHOULD_BE: &'static str = "an IANA time zone, like Europe/Paris";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn to_value(&self) -> Value {
        Value::String(self.name().to_owned())
    }
}

impl Setting for SocketAddr {
    const SHOULD_BE: &'static str = "an address and a port, like 127.0.0.1:8080 or [::]:8080";

    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_prefix("localhost:") {
            Some(port) => port.parse().ok().map(|port| Self::from((Ipv4Addr::LOCALHOST, port))),
            None => text.parse().ok(),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl Setting for Vec<String> {
    const SHOULD_BE: &'static str = "a list of texts (with commas between them in the environment)";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    }

    fn to_value(&self) -> Value {
        Value::Array(self.iter().cloned().map(Value::String).collect())
    }
}

impl Setting for Vec<IpRange> {
    const SHOULD_BE: &'static str = "a list of addresses or ranges, like 10.0.0.7 or 192.168.0.0/16";

    fn from_text(text: &str) -> Option<Self> {
        Vec::<String>::from_text(text)?.iter().map(|item| IpRange::parse(item)).collect()
    }

    fn from_value(value: &Value) -> Option<Self> {
        Vec::<String>::from_value(value)?.iter().map(|item| IpRange::parse(item)).collect()
    }

    fn to_value(&self) -> Value {
        Value::Array(self.iter().map(|range| Value::String(range.to_string())).collect())
    }
}

impl Setting for Vec<SocketAddr> {
    const SHOULD_BE: &'static str = "a list of addresses with ports, like 192.0.2.53:53 or [2001:db8::53]:53";

    fn from_text(text: &str) -> Option<Self> {
        Vec::<String>::from_text(text)?.iter().map(|item| SocketAddr::from_text(item)).collect()
    }

    fn from_value(value: &Value) -> Option<Self> {
        Vec::<String>::from_value(value)?.iter().map(|item| SocketAddr::from_text(item)).collect()
    }

    fn to_value(&self) -> Value {
        Value::Array(self.iter().map(|address| Value::String(address.to_string())).collect())
    }
}

/// An enum of which the configuration holds one word.
macro_rules! choice {
    ($(#[doc = $about:literal])* pub enum $name:ident: $should_be:literal { $($(#[doc = $doc:literal])* $variant:ident = $word:literal,)* }) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $doc])* $variant,)*
        }

        impl $name {
            /// The word in the configuration.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::config::setting::Setting for $name {
            const SHOULD_BE: &'static str = $should_be;

            fn from_text(text: &str) -> Option<Self> {
                match text.trim() {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            fn to_value(&self) -> toml::Value {
                toml::Value::String(self.as_str().to_owned())
            }
        }
    };
}
pub(super) use choice;
