//! Closed sets of words, which the contracts number and the events name.

/// Declares `$from` and `$to` for an enum whose variants are called the same on both sides. A
/// number that nobody gave, or that this build does not know, is refused.
macro_rules! same_words {
    ($what:literal, $proto:ty, $word:ty, $from:ident, $to:ident: $($variant:ident)*) => {
        pub(crate) fn $from(
            number: i32,
            at: &$crate::invalid::Path<'_>,
            wrong: &mut $crate::invalid::Wrong,
        ) -> Option<$word> {
            match <$proto>::try_from(number) {
                $(Ok(<$proto>::$variant) => Some(<$word>::$variant),)*
                Ok(<$proto>::Unspecified) => wrong.note(at, $crate::invalid::MISSING),
                Err(_) => wrong.note(at, format_args!(concat!("{} is no ", $what), number)),
            }
        }

        #[doc = concat!("The number of a ", $what, ".")]
        pub const fn $to(word: $word) -> $proto {
            match word {
                $(<$word>::$variant => <$proto>::$variant,)*
            }
        }
    };
}
pub(crate) use same_words;
