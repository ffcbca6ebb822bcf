//! One address, one key: what makes two spellings of an address the same page.
//!
//! [`canonical_url`] is what is shown and stored (tracking parameters and fragment gone, but for
//! the mark of an item that has no page, [`item_address`]);
//! [`canonical_key`] is what is compared (scheme, `www.`, mobile and AMP twins and trailing
//! slashes folded as well). Nothing here looks at a page: `rel=canonical` and redirects are
//! evidence that the caller weighs.

use url::Url;

const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "wbraid",
    "gbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "vero_id",
    "oly_enc_id",
    "oly_anon_id",
    "wickedid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "ns_linkname",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "cmpid",
    "ocid",
    "smid",
    "smtyp",
    "ref_src",
    "ref_url",
    "spm",
    "zarsrc",
    "srnd",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "xtor",
    "echobox",
    "s_cid",
    "sr_share",
    "ref",
    "rss",
    "soc_src",
    "soc_trk",
    "ftag",
    "feature",
    "partner",
    "feedtype",
    "feedname",
];

/// Whether a query parameter only says where the reader came from.
pub fn is_tracking_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("utm_")
        || name.starts_with("pk_")
        || name.starts_with("mtm_")
        || name.starts_with("hsa_")
        || TRACKING.contains(&name.as_str())
}

/// What begins the fragment that tells one item of a list from the others; see [`item_address`].
const ITEM: &str = "item:";
/// Longest id that stands in an address as it is.
const LONGEST_ID: usize = 120;

/// The address of an item that has no page of its own: that of its list, told apart by the item's id.
///
/// A browser shows the list; [`canonical_url`] and [`canonical_key`] keep the mark, so that two such
/// items of one list are never one page.
pub fn item_address(list: &Url, id: &str) -> Url {
    let mut url = canonical_url(list);
    let id = if id.len() > LONGEST_ID { super::DocumentId::of(&["item", id]).to_string() } else { id.to_owned() };
    url.set_fragment(Some(&format!("{ITEM}{id}")));
    url
}

/// The mark of an item without a page, where the address has one.
fn item_mark(url: &Url) -> Option<&str> {
    url.fragment().filter(|fragment| fragment.starts_with(ITEM))
}

/// What percent-encoded text says.
fn decoded(text: &str) -> String {
    // `form_urlencoded` would read a plus as a space, so it is kept from it.
    let pairs = format!("={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// An address without `user:password@`, and what stood there, as it is meant.
pub fn parted(url: &Url) -> (Url, Option<String>) {
    let mut clean = url.clone();
    let found = (!url.username().is_empty() || url.password().is_some())
        .then(|| format!("{}:{}", decoded(url.username()), decoded(url.password().unwrap_or_default())));
    let _ = clean.set_username("");
    let _ = clean.set_password(None);
    (clean, found)
}

/// Whether an address names one page rather than a site's front.
pub fn is_specific(url: &Url) -> bool {
    url.path().trim_matches('/').len() >= 4 || url.query().is_some()
}

/// The address without fragment, credentials and tracking parameters; parameters keep their order.
pub fn canonical_url(url: &Url) -> Url {
    let mut clean = url.clone();
    if item_mark(url).is_none() {
        clean.set_fragment(None);
    }
    let _ = clean.set_username("");
    let _ = clean.set_password(None);
    if clean.query().is_some() {
        let kept: Vec<(String, String)> = clean
            .query_pairs()
            .filter(|(name, _)| !is_tracking_parameter(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if kept.is_empty() {
            clean.set_query(None);
        } else if kept.len() != clean.query_pairs().count() {
            clean.query_pairs_mut().clear().extend_pairs(kept);
        }
    }
    clean
}

/// The key under which two spellings of one address meet: `host/path?sorted=query`, lower-case host
/// without `www.`, `m.`, `mobile.` and `amp.`, path without trailing slash, index page and AMP mark.
pub fn canonical_key(url: &Url) -> String {
    let clean = canonical_url(url);
    let Some(host) = clean.host_str() else {
        return clean.to_string();
    };
    let mut host = host.trim_end_matches('.').to_ascii_lowercase();
    for twin in ["www.", "m.", "mobile.", "amp."] {
        if let Some(rest) = host.strip_prefix(twin)
            && rest.contains('.')
        {
            host = rest.to_owned();
        }
    }
    if let Some(port) = clean.port() {
        host = format!("{host}:{port}");
    }
    let mut path = clean.path().trim_end_matches('/').to_owned();
    for index in ["/index.html", "/index.htm", "/index.php", "/amp", ".amp"] {
        if let Some(rest) = path.strip_suffix(index) {
            path = rest.trim_end_matches('/').to_owned();
        }
    }
    if let Some(rest) = path.strip_prefix("/amp/") {
        path = format!("/{rest}");
    }
    if let Some(rest) = path.strip_suffix(".amp.html") {
        path = format!("{rest}.html");
    }
    let mut query: Vec<(String, String)> = clean
        .query_pairs()
        .filter(|(name, value)| {
            !(matches!(name.as_ref(), "amp" | "outputType" | "output")
                && (value.is_empty() || value == "1" || value == "amp"))
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    query.sort();
    let mark = item_mark(&clean).map(|mark| format!("#{mark}")).unwrap_or_default();
    if query.is_empty() {
        format!("{host}{path}{mark}")
    } else {
        let joined: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{host}{path}?{}{mark}", joined.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_share_a_key() {
        let same = [
            "https://www.Blatt.example/a/b?utm_source=x",
            "http://blatt.example/a/b/",
            "https://m.blatt.example/a/b#top",
            "https://amp.blatt.example/a/b/amp/",
            "https://blatt.example/amp/a/b?fbclid=1",
            "https://blatt.example/a/b/index.html",
        ];
        for address in same {
            assert_eq!(canonical_key(&Url::parse(address).expect(address)), "blatt.example/a/b", "{address}");
        }
    }

    #[test]
    fn what_names_another_page_stays() {
        let key = |address: &str| canonical_key(&Url::parse(address).expect("an address"));
        assert_ne!(key("https://a.example/x?id=1"), key("https://a.example/x?id=2"));
        assert_ne!(key("https://de.a.example/x"), key("https://a.example/x"));
        assert_eq!(key("https://a.example/x?b=2&a=1"), key("https://a.example/x?a=1&b=2"));
        assert_eq!(key("https://m.example/x"), "m.example/x");
    }

    #[test]
    fn a_password_in_an_address_is_what_it_stands_for() {
        let url = Url::parse("https://me%40home:p%C3%A4ss+&%25w%3Ard@blatt.example/feed").expect("an address");
        let (clean, inside) = parted(&url);
        assert_eq!((clean.as_str(), inside.as_deref()), ("https://blatt.example/feed", Some("me@home:päss+&%w:rd")));
    }

    #[test]
    fn items_of_one_list_without_a_page_are_told_apart() {
        let list = Url::parse("https://www.blatt.example/feed?utm_source=x").expect("an address");
        let [a, b] = ["tag:blatt,2026:1", "tag:blatt,2026:2"].map(|id| item_address(&list, id));
        assert_eq!(a.as_str(), "https://www.blatt.example/feed#item:tag:blatt,2026:1");
        assert_eq!(canonical_url(&a), a);
        assert_ne!(canonical_key(&a), canonical_key(&b));
        assert_eq!(item_address(&list, &"x".repeat(500)).as_str().len(), 50);
    }
}
