//! One address, one key: what makes two spellings of an address the same page.
//!
//! [`canonical_url`] is what is shown, stored and asked for (tracking parameters and fragment gone, but for a
//! [`route`] and the mark of an item that has no page of its own, [`item_address`]; no other byte changes);
//! [`canonical_key`] is what is compared (scheme, `www.`, mobile and AMP twins and trailing
//! slashes folded as well). Nothing here looks at a page: `rel=canonical` and redirects are
//! evidence that the caller weighs.

use super::holds_pattern;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use url::Url;

/// Parameters that only say where a reader came from, each with its reason (`data/tracking_parameters.toml`).
#[derive(Debug, Deserialize)]
struct Tracking {
    any: BTreeMap<String, String>,
    prefix: BTreeMap<String, String>,
    some: BTreeMap<String, SomeValues>,
}

/// A parameter that is taken off with some values only.
#[derive(Debug, Deserialize)]
struct SomeValues {
    values: Vec<String>,
    #[expect(dead_code, reason = "for whoever reads the file; a row without a reason does not read")]
    why: String,
}

static TRACKING: LazyLock<Tracking> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../data/tracking_parameters.toml")).expect("data that ships, read in a test")
});

/// Whether a query parameter only says where the reader came from.
fn is_tracking_parameter(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING.any.contains_key(&name)
        || TRACKING.prefix.keys().any(|prefix| name.starts_with(prefix.as_str()))
        || TRACKING.some.get(&name).is_some_and(|some| {
            let value = value.to_ascii_lowercase();
            let fits =
                |known: &String| if known.contains('*') { holds_pattern(&value, known) } else { *known == value };
            some.values.iter().any(fits)
        })
}

/// A text with its percent-encoding undone where that gives UTF-8; else as it is.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map_or(Cow::Borrowed(text), |read| Cow::Owned(read.into_owned()))
}

/// The parameters of a query in their order, each as it is written and as name and value. A value in bytes of another
/// encoding than UTF-8 stays escaped, so that no two of them read the same.
fn parameters(query: &str) -> impl Iterator<Item = (&str, Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').map(|written| {
        let (name, value) = written.split_once('=').unwrap_or((written, ""));
        (written, unescaped(name), unescaped(value))
    })
}

/// A query's parameters that may name a page, as name and value, in their order.
pub fn naming_parameters(url: &Url) -> Vec<(String, String)> {
    let named = parameters(url.query().unwrap_or_default());
    let kept = named.filter(|(written, name, value)| !written.is_empty() && !is_tracking_parameter(name, value));
    kept.map(|(_, name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// What begins the mark of an item that has no page of its own; see [`item_address`].
const ITEM: &str = "item:";
/// What parts a fragment that a browser looks for from the mark: browsers leave what follows alone.
const BESIDE: &str = ":~:";
/// Longest id that stands in an address as it is.
const LONGEST_ID: usize = 120;

/// The address of an item that has no page of its own: that of its list or of the page that it shares with others,
/// told apart by the item's id.
///
/// A browser shows the list, at the place in it that a fragment of the address names; [`canonical_url`] and
/// [`canonical_key`] keep the mark, so that two such items of one list are never one page.
pub fn item_address(list: &Url, id: &str) -> Url {
    let mut url = canonical_url(list);
    let id = if id.len() > LONGEST_ID { super::DocumentId::of(&["item", id]).to_string() } else { id.to_owned() };
    let place = page_of(list).fragment().map(|place| format!("{place}{BESIDE}")).unwrap_or_default();
    url.set_fragment(Some(&format!("{place}{ITEM}{id}")));
    url
}

/// The mark of an item without a page of its own, where the address has one.
pub fn item_mark(url: &Url) -> Option<&str> {
    let fragment = url.fragment()?;
    let mark = fragment.split_once(BESIDE).map_or(fragment, |(_, mark)| mark);
    mark.starts_with(ITEM).then_some(mark)
}

/// An address without the mark of an item.
pub fn page_of(url: &Url) -> Url {
    let mut page = url.clone();
    if item_mark(url).is_some() {
        let place = url.fragment().and_then(|fragment| fragment.split_once(BESIDE)).map(|(place, _)| place.to_owned());
        page.set_fragment(place.as_deref());
    }
    page
}

/// The fragment of an address that a script on its page reads as a path (`#!/news/1`, `#/news/1`): there is one page for
/// each, and none that could be asked for.
pub fn route(url: &Url) -> Option<&str> {
    url.fragment().filter(|fragment| fragment.len() > 1 && fragment.starts_with(['!', '/']))
}

/// An address without `user:password@`, and what stood there, as it is meant.
pub fn parted(url: &Url) -> (Url, Option<String>) {
    let mut clean = url.clone();
    let found = (!url.username().is_empty() || url.password().is_some()).then(|| {
        [url.username(), url.password().unwrap_or_default()]
            .map(|part| percent_decode_str(part).decode_utf8_lossy())
            .join(":")
    });
    let _ = clean.set_username("");
    let _ = clean.set_password(None);
    (clean, found)
}

/// Whether an address names one page rather than a site's front.
pub fn is_specific(url: &Url) -> bool {
    url.path().trim_matches('/').len() >= 4 || url.query().is_some()
}

/// Words from which a path segment reads like a headline.
pub const SLUG_WORDS: usize = 4;

/// The last path segment where it reads like a folded headline.
pub fn address_slug(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rfind(|segment| !segment.is_empty())?;
    let stem = last.split('.').next().unwrap_or(last).to_ascii_lowercase().replace('_', "-");
    let words: Vec<&str> = stem.split('-').filter(|word| !word.is_empty()).collect();
    // Sites append the article's number: "…-thanh-cong-post123456".
    let number = |word: &str| word.chars().filter(char::is_ascii_digit).count() >= 4;
    let kept = &words[..words.iter().rposition(|word| !number(word)).map_or(0, |slot| slot + 1)];
    (kept.len() >= SLUG_WORDS && kept.iter().all(|word| word.chars().all(|sign| sign.is_ascii_alphanumeric())))
        .then(|| kept.join("-"))
}

/// The address without fragment, credentials and tracking parameters; every other byte stays as it was.
pub fn canonical_url(url: &Url) -> Url {
    let mut clean = url.clone();
    if item_mark(url).is_none() && route(url).is_none() {
        clean.set_fragment(None);
    }
    let _ = clean.set_username("");
    let _ = clean.set_password(None);
    if let Some(query) = url.query() {
        let kept: Vec<&str> = parameters(query)
            .filter(|(_, name, value)| !is_tracking_parameter(name, value))
            .map(|(written, ..)| written)
            .collect();
        if kept.is_empty() {
            clean.set_query(None);
        } else if kept.len() < query.split('&').count() {
            clean.set_query(Some(&kept.join("&")));
        }
    }
    clean
}

/// A fragment without what only says where the reader came from (`#xtor=RSS-1`); `None` where nothing is left.
pub fn place_in_page(url: &Url) -> Option<&str> {
    let fragment = url.fragment().filter(|fragment| !fragment.is_empty())?;
    let mut parts = parameters(fragment).filter(|(written, ..)| !written.is_empty());
    (!parts.all(|(written, name, value)| written.contains('=') && is_tracking_parameter(&name, &value)))
        .then_some(fragment)
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
    let mut query = naming_parameters(&clean);
    query.retain(|(name, value)| {
        !(matches!(name.as_str(), "amp" | "outputType" | "output")
            && (value.is_empty() || value == "1" || value == "amp"))
    });
    query.sort();
    let mark = match (item_mark(&clean), clean.fragment()) {
        (Some(mark), _) | (None, Some(mark)) => format!("#{mark}"),
        (None, None) => String::new(),
    };
    if query.is_empty() {
        format!("{host}{path}{mark}")
    } else {
        // What parts parameters is escaped within them: `a=1%26b=2` is one parameter.
        let escaped = |text: &str, signs: &[char]| -> String {
            let sign =
                |sign: char| if signs.contains(&sign) { format!("%{:02X}", sign as u32) } else { sign.to_string() };
            if text.contains(signs) { text.chars().map(sign).collect() } else { text.to_owned() }
        };
        let pair = |(name, value): &(String, String)| {
            format!("{}={}", escaped(name, &['&', '#', '%', '=']), escaped(value, &['&', '#', '%']))
        };
        let joined: Vec<String> = query.iter().map(pair).collect();
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
    fn taking_a_tracking_parameter_off_leaves_every_other_byte() {
        let written = [
            "?w=%D0%C2%CE%C5",
            "?/news/1/",
            "?12345",
            "?q=a%20b",
            "?q=a+b",
            "?a=1%26b=2",
            "?x=%e1%bb%a9",
            "?a&b",
            "?a=&b=",
            "?a[]=1&a[]=2",
            "?path=/a/b;c",
            "?a==b",
        ];
        for query in written {
            let address = format!("https://a.example/index.php{query}");
            let canonical = |address: &str| canonical_url(&Url::parse(address).expect("an address")).to_string();
            assert_eq!(canonical(&address), address);
            assert_eq!(canonical(&format!("{address}&utm_source=rss")), address);
            let first = address.replacen('?', "?fbclid=a%20b&", 1);
            assert_eq!(canonical(&first), address);
        }
        let emptied = canonical_url(&Url::parse("https://a.example/x?utm_source=rss&gclid=1").expect("an address"));
        assert_eq!(emptied.as_str(), "https://a.example/x");
    }

    #[test]
    fn a_name_that_may_name_an_article_is_taken_off_with_a_channel_s_value_only() {
        for (query, tracks) in [
            ("ref=rss", true),
            ("REF=Twitter", true),
            ("ref=main", false),
            ("ref=3", false),
            ("rss=", true),
            ("rss=1", false),
            ("feature=youtu.be", true),
            ("feature=the-bridge", false),
            ("partner=flipboard", true),
            ("partner=12", false),
            ("spm=C94212.P4YnMod9m2uD.ENPMkWvfnaiV.14", true),
            ("spm=5", false),
            ("utm_anything=1", true),
            ("Utm_Source=x", true),
            ("id=utm_source", false),
        ] {
            let (name, value) = query.split_once('=').expect("a pair");
            assert_eq!(is_tracking_parameter(name, value), tracks, "{query}");
        }
        assert!(TRACKING.any.values().chain(TRACKING.prefix.values()).all(|why| !why.is_empty()));
    }

    #[test]
    fn queries_that_differ_have_keys_that_differ() {
        let queries = [
            "w=%D0%C2",
            "w=%CE%C5",
            "a=1&b=2",
            "a=1%26b=2",
            "a%3D1=b",
            "a=1=b",
            "a=%2523",
            "a=%23",
            "/news/1/",
            "/news/2/",
            "12345",
            "12346",
        ];
        let keys: std::collections::BTreeSet<String> = queries
            .iter()
            .map(|query| canonical_key(&Url::parse(&format!("https://a.example/s?{query}")).expect("an address")))
            .collect();
        assert_eq!(keys.len(), queries.len(), "{keys:#?}");
        let routes = ["#!/news/1", "#!/news/2?id=4", "#/news/1", ""];
        let keys =
            routes.map(|route| canonical_key(&Url::parse(&format!("https://a.example/{route}")).expect("an address")));
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{keys:?}");
    }

    #[test]
    fn an_item_beside_others_on_a_page_leads_to_its_place_in_it() {
        let place = Url::parse("https://a.example/live#post-3").expect("an address");
        let own = item_address(&place, "3");
        assert_eq!(own.as_str(), "https://a.example/live#post-3:~:item:3");
        assert_eq!((canonical_key(&own).as_str(), page_of(&own)), ("a.example/live#item:3", place));
        assert_eq!(item_address(&own, "4").as_str(), "https://a.example/live#post-3:~:item:4");
        let bare = item_address(&Url::parse("https://a.example/live").expect("an address"), "3");
        assert_eq!(
            (bare.as_str(), page_of(&bare).as_str()),
            ("https://a.example/live#item:3", "https://a.example/live")
        );
    }

    #[test]
    fn a_fragment_stays_unless_it_only_tracks() {
        let place = |address: &str| place_in_page(&Url::parse(address).expect("an address")).map(str::to_owned);
        assert_eq!(place("https://a.example/x#xtor=RSS-1"), None);
        assert_eq!(place("https://a.example/x#utm_source=a&utm_medium=b"), None);
        assert_eq!(place("https://a.example/x#id=3").as_deref(), Some("id=3"));
        assert_eq!(place("https://a.example/x#part-2").as_deref(), Some("part-2"));
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

    #[test]
    fn a_slug_is_a_headline_without_its_number() {
        let parsed = |address: &str| Url::parse(address).expect("an address");
        assert_eq!(
            address_slug(&parsed("https://a.example/x/cau-moi-noi-hai-bo-song-post812345.html")).as_deref(),
            Some("cau-moi-noi-hai-bo-song")
        );
        assert_eq!(address_slug(&parsed("https://a.example/news/bridge")), None);
    }
}
