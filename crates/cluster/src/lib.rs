//! Which article and which story a document belongs to, and the evidence for it. An article is one text in all its
//! versions: the original, translations, copies, updates. A story is one event: all articles that tell it.
//!
//! A [`Placer`] takes documents with their [`Features`](samestory_model::Features), oldest first, and answers with
//! [`Placed`]: the [`Placement`](samestory_model::Placement) of the new document and of every older one that it moved.
//! The evidence of a placement is what a person can check: an address, a headline in a slug, two sentences that say one
//! thing. [`question()`] asks of two documents what speaks for them and what is missing; [`search`] ranks documents for
//! a few words; [`align`] lays two versions of a text side by side.
//!
//! No store, no clock and no model at hand: features and the time come in as arguments, and what comes out is for the
//! caller to keep. Where there is doubt documents stay apart, because a wrong merge hides a fact and a missed one only
//! repeats it.
//!
//! # Example
//!
//! A report and its translation on another site become one article, and the placement says why:
//!
//! ```
//! use jiff::Timestamp;
//! use samestory_cluster::{Placer, Settings};
//! use samestory_model::{Document, Role, Signal};
//! use samestory_understand::Understanding;
//! use url::Url;
//!
//! let now: Timestamp = "2026-03-03T20:00:00Z".parse()?;
//! let german = Document::at(
//!     Url::parse("https://blatt.example/bruecke")?,
//!     "Brücke über die Ems nach drei Jahren wieder offen",
//!     "Die alte Brücke über die Ems wurde am Dienstag nach drei Jahren Bauzeit wieder eröffnet. \
//!      Die Arbeiten kosteten 4,2 Millionen Euro, eine Million mehr als geplant.",
//!     now,
//! );
//! let english = Document::at(
//!     Url::parse("https://leaf.example/bridge")?,
//!     "Bridge over the Ems open again after three years",
//!     "The old bridge over the Ems was reopened on Tuesday after three years of construction. \
//!      The work cost 4.2 million euros, a million more than planned.",
//!     now,
//! );
//!
//! let understanding = Understanding::shipped(&samestory_understand::Settings::default())?;
//! let mut placer = Placer::new(&Settings::default(), Vec::new());
//! let first = placer.place(&german, understanding.features(&german)?, now).placements.remove(0);
//! let second = placer.place(&english, understanding.features(&english)?, now).placements.remove(0);
//! assert_eq!(first.article, second.article);
//! assert_eq!((first.role, second.role), (Role::Original, Role::Translation));
//! let reason = second.evidence.iter().find(|reason| reason.signal == Signal::Alignment).expect("two sentences that align");
//! assert_eq!(reason.with, german.id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod align;
mod amend;
mod bridge;
mod candidates;
mod cohesion;
mod compare;
mod constraints;
mod decide;
mod evidence;
mod feature_cache;
mod figures;
mod follow;
mod headline;
mod headlines;
mod keys;
mod lead_vectors;
mod member;
mod merge;
mod pair_model;
mod pair_score;
mod pca;
mod placer;
mod question;
mod reasons;
mod roles;
pub mod search;
mod settings;
mod shared_text;
mod template;
mod window;

pub use compare::{Comparison, compare, same_name, same_quantity};
pub use decide::{Placed, RULES};
pub use feature_cache::{DocumentLookup, Full};
pub use figures::{FIGURES, Figures, Says};
pub use keys::{Key, Mark, keys, mirror_key};
pub use member::Member;
pub use pair_model::{Logistic, PairModel, probability};
pub use placer::Placer;
pub use question::{Question, question, same_event};
pub use settings::Settings;
pub use window::Window;
