//! What is at a source's address, and everything that follows from it without I/O.
//!
//! A new kind begins here: each question about kinds is a method with an exhaustive match, so the compiler
//! names every answer that is missing. How a kind's body is read is the match in `parse::source`.
//! **Stored by position**: a new variant goes to the end of its enum.

use serde::{Deserialize, Serialize};

/// An enum of settings with its names in configuration, options and OPML.
macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$what])* $variant,)+
        }

        impl $name {
            /// Every variant, in the order of the stored form.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in configuration, options, OPML and JSON.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The variant of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == name)
            }

            /// All names, as a sentence lists them: `a, b or c`.
            pub fn choices() -> String {
                let names: Vec<&str> = Self::ALL.iter().map(|known| known.as_str()).collect();
                match names.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => names.concat(),
                }
            }
        }
    };
}

named! {
    /// What is at a source's address.
    SourceKind {
        /// RSS, Atom or JSON Feed.
        #[default]
        Feed = "feed",
        /// A news sitemap or an index of them.
        Sitemap = "sitemap",
        /// A page that lists articles; needs a link pattern or a selector.
        Listing = "listing",
        /// A folder of files on this machine.
        Folder = "folder",
    }
}

named! {
    /// Where an item's full text comes from.
    FullText {
        /// The feed where it carries the text, else the article's page.
        #[default]
        Auto = "auto",
        /// Only what the feed carries.
        Feed = "feed",
        /// Always the article's page.
        Page = "page",
    }
}

impl SourceKind {
    /// Whether it is polled over the network; what is not lies on this machine and is looked at in every pass.
    pub const fn is_polled(self) -> bool {
        match self {
            Self::Feed | Self::Sitemap | Self::Listing => true,
            Self::Folder => false,
        }
    }

    /// Whether its address is the path of a folder on this machine.
    pub const fn is_folder(self) -> bool {
        match self {
            Self::Folder => true,
            Self::Feed | Self::Sitemap | Self::Listing => false,
        }
    }

    /// Whether the publisher is asked for a page (`Accept` header and limit of a page), else for a feed.
    pub const fn is_page(self) -> bool {
        match self {
            Self::Listing => true,
            Self::Feed | Self::Sitemap | Self::Folder => false,
        }
    }

    /// Whether it has to be configured which links are articles.
    pub const fn needs_link_rule(self) -> bool {
        match self {
            Self::Listing => true,
            Self::Feed | Self::Sitemap | Self::Folder => false,
        }
    }

    /// Whether a page at its address may stand for the one feed that the page links to.
    pub const fn follows_autodiscovery(self) -> bool {
        match self {
            Self::Feed => true,
            Self::Sitemap | Self::Listing | Self::Folder => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_options_configuration_and_json() {
        for &kind in SourceKind::ALL {
            assert_eq!(SourceKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).expect("JSON"), format!("{:?}", kind.as_str()));
        }
        for &full_text in FullText::ALL {
            assert_eq!(FullText::from_name(full_text.as_str()), Some(full_text));
            assert_eq!(serde_json::to_string(&full_text).expect("JSON"), format!("{:?}", full_text.as_str()));
        }
        for nothing in ["", "Feed", "rss", " feed"] {
            assert_eq!(SourceKind::from_name(nothing), None, "{nothing}");
        }
        assert_eq!(SourceKind::choices(), "feed, sitemap, listing or folder");
    }

    #[test]
    fn the_stored_form_is_the_position() {
        for (position, kind) in SourceKind::ALL.iter().enumerate() {
            assert_eq!(postcard::to_stdvec(kind).expect("bytes"), [position as u8]);
        }
        assert_eq!(
            SourceKind::ALL[..4],
            [SourceKind::Feed, SourceKind::Sitemap, SourceKind::Listing, SourceKind::Folder]
        );
        assert_eq!(FullText::ALL[..3], [FullText::Auto, FullText::Feed, FullText::Page]);
    }
}
