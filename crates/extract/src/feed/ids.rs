//! Gives the entries of a feed their ids: the publisher's own, or one that comes from the address or the words; never
//! a random one, and two entries that are not the same never share one.

use super::limits::LONGEST_ID;
use samestory_model::{DocumentId, Item, canonical_key};
use std::collections::{HashMap, HashSet};
use url::Url;

/// The id of an item: the publisher's, else the link without scheme, else a hash of what it says.
pub(super) fn item_id(own: &str, url: Option<&Url>, title: &str, published: &str, text: &str) -> String {
    let own = own.trim();
    if own.len() > LONGEST_ID {
        return format!("id:{}", DocumentId::of(&["id", own]));
    }
    if !own.is_empty() {
        // A site that moves to https renames every id that is an address.
        return own.strip_prefix("http://").map_or_else(|| own.to_owned(), |rest| format!("https://{rest}"));
    }
    match url {
        Some(url) => canonical_key(url),
        None => format!("text:{}", DocumentId::of(&[title, published, text])),
    }
}

/// The fields by which two entries under one id differ.
#[derive(PartialEq, Eq, Hash)]
struct Entry<'i> {
    title: &'i str,
    address: String,
    text: &'i str,
}

/// Gives different items different ids.
///
/// Where entries share an id and are not the same, the id is a placeholder and none keeps it: each gets an id made of it and of its
/// address, or of its text where several entries share that address. So an entry keeps its id when others come and go. An
/// entry that stands in the feed twice has one id and is stored once.
pub(super) fn with_distinct_ids(mut items: Vec<Item>) -> Vec<Item> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        places.entry(&item.id).or_default().push(place);
    }
    let mut renamed: Vec<(usize, String)> = Vec::new();
    for (id, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
        let addresses: Vec<String> =
            places.iter().map(|place| items[*place].url.as_ref().map(canonical_key).unwrap_or_default()).collect();
        let heads: HashSet<(&str, &str)> = places
            .iter()
            .zip(&addresses)
            .map(|(place, address)| (items[*place].title.as_str(), address.as_str()))
            .collect();
        // Under a publisher's guid, one headline at one address is one entry, even if a counter in its text changes. An id
        // made of the address, or a guid that several entries share, does not identify the text.
        let by_text = heads.len() > 1 || addresses.iter().all(|address| address == id || address.is_empty());
        let entry = |(place, address): (&usize, String)| {
            let item = &items[*place];
            let text = if item.content_text.is_empty() { &item.summary_text } else { &item.content_text };
            (*place, Entry { title: &item.title, address, text: if by_text { text } else { "" } })
        };
        let entries: Vec<(usize, Entry<'_>)> = places.iter().zip(addresses).map(entry).collect();
        let distinct: HashSet<&Entry<'_>> = entries.iter().map(|(_, entry)| entry).collect();
        if distinct.len() == 1 {
            continue;
        }
        let mut at: HashMap<&str, usize> = HashMap::new();
        distinct.iter().for_each(|entry| *at.entry(&entry.address).or_default() += 1);
        for (place, Entry { title, address, text }) in &entries {
            let alone = !address.is_empty() && at[address.as_str()] == 1;
            let words = || DocumentId::of(&[title, address, text]).to_string();
            let own = if alone && address == id {
                continue;
            } else if alone {
                address.clone()
            } else {
                words()
            };
            renamed.push((*place, format!("{id}#{own}")));
        }
    }
    for (place, id) in renamed {
        items[place].id = id;
    }
    items
}

#[cfg(test)]
mod tests {
    use crate::feed::feed;
    use url::Url;

    fn ids(body: &str) -> Vec<String> {
        let xml = format!("<rss version=\"2.0\"><channel><title>P</title>{body}</channel></rss>");
        let address = Url::parse("https://paper.example/feed").expect("an address");
        let read = || feed(xml.as_bytes(), None, &address).expect("a feed").items;
        let ids: Vec<String> = read().into_iter().map(|item| item.id).collect();
        assert_eq!(ids, read().into_iter().map(|item| item.id).collect::<Vec<_>>(), "two parses agree");
        ids
    }

    fn entry(link: &str, title: &str) -> String {
        let link = if link.is_empty() { String::new() } else { format!("<link>https://paper.example{link}</link>") };
        format!("<item><guid isPermaLink=\"false\">0</guid>{link}<title>{title}</title></item>")
    }

    #[test]
    fn entries_under_one_id_are_told_apart_and_none_is_lost() {
        let other_pages = ids(&[entry("/a", "A"), entry("/b", "B"), entry("/c", "A")].concat());
        assert_eq!(other_pages, ["0#paper.example/a", "0#paper.example/b", "0#paper.example/c"]);
        for (entries, different) in [
            ([entry("/a", "A"), entry("/a", "B")].concat(), 2),
            ([entry("", "A"), entry("", "B"), entry("", "C")].concat(), 3),
        ] {
            let found: std::collections::HashSet<String> = ids(&entries).into_iter().collect();
            assert_eq!(found.len(), different, "{found:?}");
        }
    }

    #[test]
    fn an_entry_that_is_told_twice_has_one_id() {
        assert_eq!(ids(&[entry("/a", "A"), entry("/a/", "A"), entry("/a", "A")].concat()), ["0", "0", "0"]);
        let renamed = ids(&[entry("/a", "A"), entry("/b", "B"), entry("/b", "B")].concat());
        assert_eq!(renamed, ["0#paper.example/a", "0#paper.example/b", "0#paper.example/b"]);
    }

    #[test]
    fn an_entry_keeps_its_id_when_others_come_above_it() {
        let (a, b, c) = (entry("", "A"), entry("", "B"), entry("", "C"));
        let before = ids(&[b.clone(), a.clone()].concat());
        let after = ids(&[c, b, a].concat());
        assert_eq!(before, after[1..]);
        // Entries without a guid that share headline and link differ by their text.
        let said = |text: &str| {
            format!(
                "<item><link>https://paper.example/x</link><title>A</title><description>{text}</description></item>"
            )
        };
        let found = ids(&[said("Ships wait."), said("Ships sail."), said("Ships wait.")].concat());
        assert!(found[0] == found[2] && found[0] != found[1], "{found:?}");
    }
}
