//! Enums whose cases each have a word: the one that stands in the store, in the API and in forms.

/// Makes an enum of worded cases: `worded! { /// Doc. Name { /// Doc. Case = "word", } }`. It can be told apart, ordered
/// as written and listed, gives its word, and is read from it; a word of the store that is none is an internal error.
/// What else it derives is written before its name.
#[macro_export]
macro_rules! worded {
    ($(#[$about:meta])* $name:ident { $($(#[$case_about:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$case_about])* $case,)* }

        impl $name {
            /// All of them, as written.
            pub const ALL: &'static [Self] = &[$(Self::$case),*];

            /// The word of the store, the API and forms.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }

            /// From the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$case),)* _ => None }
            }

            /// From a word of the store, where only words of these were written.
            pub fn stored(word: &str) -> $crate::base::Result<Self> {
                Self::parse(word).ok_or_else(|| {
                    $crate::base::Error::internal(format!("{word} is not a {}", stringify!($name)))
                })
            }
        }
    };
}
