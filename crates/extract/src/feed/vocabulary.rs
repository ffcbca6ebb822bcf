//! Names of namespaces and elements as feeds write them, and what they are called. Read by `repair`.

/// Atom 1.0.
pub(super) const ATOM: &str = "http://www.w3.org/2005/Atom";
/// RSS 1.0.
pub(super) const RSS1: &str = "http://purl.org/rss/1.0/";

/// Namespaces of prefixes that feeds use without declaring them.
pub(super) const PREFIXES: &[(&str, &str)] = &[
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("atom", ATOM),
    ("a10", ATOM),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("georss", "http://www.georss.org/georss"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
    ("thr", "http://purl.org/syndication/thread/1.0"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
    ("xlink", "http://www.w3.org/1999/xlink"),
];

/// Names that old versions and careless casing write otherwise.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("pubdate", "pubDate"),
    ("lastbuilddate", "lastBuildDate"),
    ("managingeditor", "managingEditor"),
    ("webmaster", "webMaster"),
    ("skiphours", "skipHours"),
    ("skipdays", "skipDays"),
    ("textinput", "textInput"),
];

/// Atom 0.3 names and what they became.
pub(super) const ATOM03: &[(&str, &str)] = &[
    ("issued", "published"),
    ("modified", "updated"),
    ("tagline", "subtitle"),
    ("copyright", "rights"),
    ("url", "uri"),
];

/// The prefix under which elements of a namespace are read, where a feed gives it another: `""` for none.
pub(super) fn usual_prefix(namespace: &str) -> Option<&'static str> {
    let plain = |namespace: &str| namespace.trim_end_matches('/').len();
    let namespace = &namespace.trim()[..plain(namespace.trim())];
    let is = |known: &str| known[..plain(known)].eq_ignore_ascii_case(namespace);
    if is(RSS1) { Some("") } else { PREFIXES.iter().find(|(_, known)| is(known)).map(|pair| pair.0) }
}
