//! Stored forms: types that say field by field how a value of the domain lies in a record.
//!
//! `form!` makes one for a struct and `choice!` one for an enum without fields. Both name every field and variant of
//! the domain's type, so that one that is added there does not compile before it is decided how it is stored.

use super::plain;
use jiff::Timestamp;
use samestory_model::{ArticleId, DocumentId, Lang, SourceId, StoryId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use url::Url;

/// A form that can be read: of this version, or of an earlier one.
pub(super) trait Upgrade<T>: DeserializeOwned {
    /// The value that it stands for.
    fn upgrade(self) -> T;
}

/// The form that is written.
pub(super) trait Form<T>: Upgrade<T> + Serialize {
    /// The form of a value.
    fn of(value: &T) -> Self;
}

/// Makes a type its own form.
macro_rules! itself {
    ($plain:ty) => {
        impl $crate::records::form::Upgrade<$plain> for $plain {
            fn upgrade(self) -> $plain {
                self
            }
        }

        impl $crate::records::form::Form<$plain> for $plain {
            fn of(value: &$plain) -> Self {
                Clone::clone(value)
            }
        }
    };
}
pub(crate) use itself;

plain! {
    "yes or no": bool,
    "a number": u8,
    "a number": i8,
    "a number": u16,
    "a number": u32,
    "a number": u64,
    "a number": i32,
    "a number": i64,
    "a number": f32,
    "a text": String,
    "an address": Url,
    "a time": Timestamp,
    "a language": Lang,
    "a source's name": SourceId,
    "a document's id": DocumentId,
    "an article's id": ArticleId,
    "a story's id": StoryId,
    "nothing": (),
}

impl<T, F: Upgrade<T>> Upgrade<Option<T>> for Option<F> {
    fn upgrade(self) -> Option<T> {
        self.map(F::upgrade)
    }
}

impl<T, F: Form<T>> Form<Option<T>> for Option<F> {
    fn of(value: &Option<T>) -> Self {
        value.as_ref().map(F::of)
    }
}

impl<T, F: Upgrade<T>> Upgrade<Vec<T>> for Vec<F> {
    fn upgrade(self) -> Vec<T> {
        self.into_iter().map(F::upgrade).collect()
    }
}

impl<T, F: Form<T>> Form<Vec<T>> for Vec<F> {
    fn of(value: &Vec<T>) -> Self {
        value.iter().map(F::of).collect()
    }
}

impl<T, F: Upgrade<T>> Upgrade<Box<T>> for Box<F> {
    fn upgrade(self) -> Box<T> {
        Box::new((*self).upgrade())
    }
}

impl<T, F: Form<T>> Form<Box<T>> for Box<F> {
    fn of(value: &Box<T>) -> Self {
        Box::new(F::of(value))
    }
}

impl<A, B, F: Upgrade<A>, G: Upgrade<B>> Upgrade<(A, B)> for (F, G) {
    fn upgrade(self) -> (A, B) {
        (self.0.upgrade(), self.1.upgrade())
    }
}

impl<A, B, F: Form<A>, G: Form<B>> Form<(A, B)> for (F, G) {
    fn of(value: &(A, B)) -> Self {
        (F::of(&value.0), G::of(&value.1))
    }
}

impl<K: Ord + DeserializeOwned, T, F: Upgrade<T>> Upgrade<BTreeMap<K, T>> for BTreeMap<K, F> {
    fn upgrade(self) -> BTreeMap<K, T> {
        self.into_iter().map(|(key, form)| (key, form.upgrade())).collect()
    }
}

impl<K: Ord + Clone + Serialize + DeserializeOwned, T, F: Form<T>> Form<BTreeMap<K, T>> for BTreeMap<K, F> {
    fn of(value: &BTreeMap<K, T>) -> Self {
        value.iter().map(|(key, value)| (key.clone(), F::of(value))).collect()
    }
}

/// The form of a struct, its fields in the order in which they are stored.
macro_rules! form {
    ($(#[$doc:meta])* $name:ident of $domain:ident { $($field:ident: $form:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(serde::Serialize, serde::Deserialize)]
        pub(crate) struct $name {
            $($field: $form,)*
        }

        impl $crate::records::form::Upgrade<$domain> for $name {
            fn upgrade(self) -> $domain {
                let Self { $($field),* } = self;
                $domain { $($field: $crate::records::form::Upgrade::upgrade($field)),* }
            }
        }

        impl $crate::records::form::Form<$domain> for $name {
            fn of(value: &$domain) -> Self {
                let $domain { $($field),* } = value;
                Self { $($field: $crate::records::form::Form::of($field)),* }
            }
        }
    };
}
pub(super) use form;

/// The form of an enum without fields, its variants in the order in which they are numbered.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident of $domain:ident { $($variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(serde::Serialize, serde::Deserialize)]
        pub(crate) enum $name {
            $($variant,)*
        }

        impl $crate::records::form::Upgrade<$domain> for $name {
            fn upgrade(self) -> $domain {
                match self {
                    $(Self::$variant => $domain::$variant,)*
                }
            }
        }

        impl $crate::records::form::Form<$domain> for $name {
            fn of(value: &$domain) -> Self {
                match value {
                    $($domain::$variant => Self::$variant,)*
                }
            }
        }
    };
}
pub(super) use choice;
