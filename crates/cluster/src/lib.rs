//! Decides which article and which story a document belongs to, and says why. Pure: no store, no
//! clock, no model at hand; [`samestory_model::Features`] come in, [`samestory_model::Placement`]s go out.

pub mod align;
mod amend;
mod bonds;
mod candidates;
mod cohesion;
mod compare;
mod decide;
mod evidence;
mod figures;
mod follow;
mod heads;
mod identity;
mod member;
mod merge;
mod pair_model;
mod placer;
mod question;
mod reasons;
mod roles;
pub mod search;
mod settings;
mod shelf;
mod sketch;
mod verdict;
mod window;

pub use compare::{Comparison, compare, same_name, same_quantity};
pub use decide::{Placed, RULES};
pub use figures::{FIGURES, Figures, Says};
pub use identity::{Key, Mark, address_slug, keys, mirror_key};
pub use member::Member;
pub use pair_model::{Logistic, PairModel, probability};
pub use placer::Placer;
pub use question::{Question, question, same_event};
pub use settings::Settings;
pub use shelf::{Full, Library};
pub use window::Window;
