//! What a page holds once boilerplate is gone, and what was taken away.

use super::Lang;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// Why a piece of a page is not the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemovedWhy {
    /// Links to other articles.
    Related,
    /// Comments, their counters and forms.
    Comments,
    /// Menus, section names, breadcrumbs, site headers and footers.
    Navigation,
    /// A picture's caption or credit.
    Caption,
    /// A block that stands on several different articles of the host or file set.
    Repeated,
    /// Newsletter, subscription, share and follow prompts, cookie notices.
    Prompt,
    /// A label without content: "Same topic", "No data".
    Label,
    /// The headline once more.
    Title,
    /// Byline and date lines.
    Byline,
    /// The source line, kept as metadata.
    Source,
    /// Scripts, styles, hidden parts, forms, advertisements.
    Chrome,
    /// A rule of the site names it (`config/sites.toml`).
    Rule,
}

/// One piece that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Why it went.
    pub why: RemovedWhy,
    /// Its text.
    pub text: String,
}

/// One page's article: the form of `extract --format json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// Where the page came from.
    pub url: Option<Url>,
    /// `rel=canonical`, as the page claims it; not yet believed.
    pub canonical: Option<Url>,
    /// Headline.
    pub title: String,
    /// Authors.
    pub byline: Vec<String>,
    /// Published.
    pub published: Option<Timestamp>,
    /// Last changed.
    pub modified: Option<Timestamp>,
    /// Language as the page states it.
    pub lang: Option<Lang>,
    /// Name of the site.
    pub site: Option<String>,
    /// Lead image.
    pub image: Option<Url>,
    /// Address of the original that the source line names.
    pub source_url: Option<Url>,
    /// Name that the source line gives.
    pub source_name: Option<String>,
    /// Addresses of this page in other languages.
    pub alternates: Vec<(Lang, Url)>,
    /// AMP twin of this page.
    pub amp: Option<Url>,
    /// The article: one paragraph a line.
    pub text: String,
    /// Picture captions, kept beside the text.
    pub captions: Vec<String>,
    /// What was taken away, in page order.
    pub removed: Vec<Removed>,
}
