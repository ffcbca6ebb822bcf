//! What a page states about itself: `Said`, statement by statement as `metadata` and `json_ld` find them, and
//! `Metadata`, what is believed of them.

use super::people::Outlets;
use super::published::TimeElement;
use jiff::Timestamp;
use samestory_model::Lang;
use samestory_model::dates::Habit;
use url::Url;

/// Bytes of an address, which all others of the page are joined to.
pub(super) const ADDRESS: usize = 8_192;

/// What the page says.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata {
    pub canonical: Option<Url>,
    pub title: String,
    /// Headlines as stated elsewhere on the page; a line equal to one of them is the title again.
    pub titles: Vec<String>,
    pub byline: Vec<String>,
    /// Whether JSON-LD names the authors, and not a meta element, which often has the outlet or who uploaded the text.
    pub signed: bool,
    /// Who is named as the author only for previews: at times who put the text online.
    pub uploaded: Vec<String>,
    /// Names that are no author's.
    pub outlets: Outlets,
    pub published: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub lang: Option<Lang>,
    pub site: Option<String>,
    pub image: Option<Url>,
    pub alternates: Vec<(Lang, Url)>,
    pub amp: Option<Url>,
    /// Meta description.
    pub description: String,
    /// JSON-LD `articleBody`, as text or HTML.
    pub body: Option<String>,
    /// Index of the heading that was taken as the title.
    pub headline_at: Option<usize>,
    /// Whether the page says that it is an article.
    pub article: bool,
    /// Whether the page says that it is American, and so writes the month first.
    pub american: bool,
    /// The zone of its times that name none.
    pub zone: Option<&'static str>,
}

impl Metadata {
    /// How the page writes its dates. A time that people read stands for its day, so no zone is assumed for it.
    pub fn habit(&self) -> Habit {
        Habit { american: self.american, lang: self.lang, zone: None }
    }
}

/// What was stated, before it is decided what to believe.
#[derive(Default)]
pub(super) struct Said {
    pub og_title: Option<String>,
    pub page_title: Option<String>,
    pub ld_title: Option<String>,
    pub ld_name: Option<String>,
    pub ld_published: Option<String>,
    pub ld_modified: Option<String>,
    pub ld_authors: Vec<String>,
    /// Ids of authors, and what stands in the graph under ids.
    pub ld_author_ids: Vec<String>,
    pub ld_named: Vec<(String, String)>,
    pub ld_site: Option<String>,
    pub ld_lang: Option<String>,
    pub meta_published: Option<String>,
    pub meta_modified: Option<String>,
    /// Authors by the name of the meta element.
    pub meta_authors: Vec<(String, Vec<String>)>,
    /// Meta element that has the authors, as another one says.
    pub labelled: Option<String>,
    pub og_site: Option<String>,
    pub og_locale: Option<String>,
    /// Publication of the page or another thing that is no article and no part of the page.
    pub ld_page_published: Option<String>,
    pub times: Vec<TimeElement>,
}
