//! Writes a publisher's list of articles: seven forms, and one of them as carelessly as it is met.
//!
//! Pure text; charset and compression are `answers`' business. The surprising fact: the mistakes are
//! on purpose, each one seen in feeds that people do read.

use super::publisher::{Content, Format, Publisher};
use super::{World, Written, pages};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::{Offset, TimeZone};
use std::fmt::Write;

/// The content type and the text of a publisher's list in one pass.
pub(super) fn write(world: &World, publisher: &Publisher, pass: u8) -> (&'static str, String) {
    let listed = world.listed(publisher, pass);
    match publisher.format {
        Format::Rss2 => ("application/rss+xml; charset=utf-8", rss(publisher, &listed, "<rss version=\"2.0\">")),
        Format::Rss0 => ("text/xml", rss(publisher, &listed, "<rss>")),
        Format::Broken => ("application/rss+xml", broken(publisher, &listed)),
        Format::Rdf => ("text/xml; charset=iso-8859-1", rdf(publisher, &listed)),
        Format::Atom => ("application/atom+xml", atom(publisher, &listed)),
        Format::Json => ("application/feed+json", json(publisher, &listed)),
        Format::Sitemap => ("application/xml", sitemap(publisher, &listed)),
        Format::Listing => ("text/html; charset=utf-8", pages::listing(publisher, &listed)),
    }
}

fn declared(publisher: &Publisher) -> &'static str {
    use super::Charset;
    match publisher.charset {
        Charset::Utf8 | Charset::SaysUtf8 => "UTF-8",
        Charset::SaysLatin1 => "ISO-8859-1",
        Charset::Cyrillic => "windows-1251",
    }
}

fn link(publisher: &Publisher, document: &Written) -> String {
    if publisher.tracking { format!("{}?utm_source=rss&amp;utm_medium=feed", document.url()) } else { document.url() }
}

fn described(publisher: &Publisher, document: &Written) -> String {
    match publisher.content {
        Content::Nothing => String::new(),
        Content::Summary => {
            let first = pages::escape(&document.paragraphs[0]);
            format!("<description><![CDATA[<p>{first}</p>]]></description>")
        }
        Content::Full => format!("<description><![CDATA[{}]]></description>", pages::paragraphs(document, "p")),
    }
}

fn mail_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_string(&time).expect("the world's years have four digits")
}

fn rss(publisher: &Publisher, listed: &[&Written], root: &str) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"{}\"?>\n{root}\n<channel>\n", declared(publisher));
    let title = pages::escape(&publisher.title);
    let _ = writeln!(out, "<title>{title}</title><link>{}</link>", publisher.address("/"));
    let _ = writeln!(out, "<description>{title}</description><language>{}</language><ttl>60</ttl>", publisher.lang);
    for document in listed {
        let address = link(publisher, document);
        let _ = writeln!(out, "<item>\n<title>{}</title>\n<link>{address}</link>", pages::escape(&document.title));
        let _ = writeln!(out, "<guid isPermaLink=\"false\">{}{}</guid>", publisher.name, document.path);
        let _ = writeln!(out, "<pubDate>{}</pubDate>", mail_date(document.published));
        let _ = writeln!(out, "{}\n</item>", described(publisher, document));
    }
    out.push_str("</channel>\n</rss>\n");
    out
}

/// Bare ampersands, breaks that never close, a zone by name, no guid, and cut off in the last item.
fn broken(publisher: &Publisher, listed: &[&Written]) -> String {
    let zone = TimeZone::fixed(Offset::constant(publisher.offset));
    let mut out = String::from("<?xml version=\"1.0\"?>\n<rss version=\"2.0\">\n<channel>\n");
    let _ = writeln!(out, "<title>{} : actualités & débats</title>", publisher.title);
    let _ = writeln!(out, "<link>{}</link>\n<language>fr-FR</language>", publisher.address("/"));
    for document in listed {
        let date = document.published.to_zoned(zone.clone()).strftime("%a, %d %b %Y %H:%M:%S CET").to_string();
        let _ = writeln!(out, "<item>\n  <title>{}</title>", document.title);
        let _ = writeln!(out, "  <link>{}?utm_source=rss&utm_medium=flux</link>", document.url());
        let _ = writeln!(out, "  <pubDate>{date}</pubDate>");
        let _ = writeln!(out, "  <description>{}<br>Lire la suite & commenter</description>", document.paragraphs[0]);
        out.push_str("</item>\n");
    }
    out.push_str("<item>\n  <title>La mairie d'Orville-sur-Sarve & ses ad");
    out
}

fn rdf(publisher: &Publisher, listed: &[&Written]) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"{}\"?>\n", declared(publisher));
    out.push_str(
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" ",
    );
    out.push_str(
        "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">\n",
    );
    let feed = publisher.address(&publisher.feed);
    let title = pages::escape(&publisher.title);
    let _ =
        writeln!(out, "<channel rdf:about=\"{feed}\">\n<title>{title}</title><link>{}</link>", publisher.address("/"));
    let _ = writeln!(out, "<description>{title}</description><dc:language>{}-SE</dc:language>", publisher.lang);
    out.push_str("<sy:updatePeriod>hourly</sy:updatePeriod>\n<items><rdf:Seq>\n");
    for document in listed {
        let _ = writeln!(out, "<rdf:li rdf:resource=\"{}\"/>", document.url());
    }
    out.push_str("</rdf:Seq></items>\n</channel>\n");
    for document in listed {
        let address = document.url();
        let _ = writeln!(out, "<item rdf:about=\"{address}\">\n<title>{}</title>", pages::escape(&document.title));
        let _ = writeln!(out, "<link>{address}</link>\n<dc:date>{}</dc:date>", document.published);
        let _ = writeln!(out, "<description>{}</description>\n</item>", pages::escape(&document.paragraphs[0]));
    }
    out.push_str("</rdf:RDF>\n");
    out
}

fn atom(publisher: &Publisher, listed: &[&Written]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let _ = writeln!(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">", publisher.lang);
    let _ =
        writeln!(out, "<title>{}</title>\n<id>tag:{},2026:feed</id>", pages::escape(&publisher.title), publisher.host);
    let _ = writeln!(out, "<link rel=\"self\" href=\"{}\"/>", publisher.address(&publisher.feed));
    let newest = listed.iter().map(|document| document.updated.unwrap_or(document.published)).max();
    let _ = writeln!(out, "<updated>{}</updated>", newest.unwrap_or(Timestamp::UNIX_EPOCH));
    for document in listed {
        let _ =
            writeln!(out, "<entry>\n<title type=\"html\">{}</title>", pages::escape(&pages::escape(&document.title)));
        let _ = writeln!(out, "<id>tag:{},2026:{}</id>", publisher.host, document.path);
        let _ = writeln!(out, "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>", link(publisher, document));
        let _ = writeln!(out, "<published>{}</published>", document.published);
        let _ = writeln!(out, "<updated>{}</updated>", document.updated.unwrap_or(document.published));
        if let Some(by) = &document.by {
            let _ = writeln!(out, "<author><name>{}</name></author>", pages::escape(by));
        }
        match publisher.content {
            Content::Full => {
                let body = pages::escape(&pages::paragraphs(document, "p"));
                let _ = writeln!(out, "<content type=\"html\">{body}</content>");
            }
            Content::Summary => {
                let _ = writeln!(out, "<summary>{}</summary>", pages::escape(&document.paragraphs[0]));
            }
            Content::Nothing => {}
        }
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    out
}

fn json(publisher: &Publisher, listed: &[&Written]) -> String {
    let items: Vec<serde_json::Value> = listed
        .iter()
        .map(|document| {
            let mut item = serde_json::json!({
                "id": document.path,
                "url": document.url(),
                "title": document.title,
                "date_published": document.published.to_string(),
            });
            if let Some(updated) = document.updated {
                item["date_modified"] = updated.to_string().into();
            }
            if let Some(by) = &document.by {
                item["authors"] = serde_json::json!([{ "name": by }]);
            }
            match publisher.content {
                Content::Full => item["content_html"] = pages::paragraphs(document, "p").into(),
                Content::Summary => item["summary"] = document.paragraphs[0].clone().into(),
                Content::Nothing => item["content_text"] = "".into(),
            }
            item
        })
        .collect();
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": publisher.title,
        "home_page_url": publisher.address("/"),
        "feed_url": publisher.address(&publisher.feed),
        "language": publisher.lang,
        "items": items,
    });
    format!("{feed:#}\n")
}

fn sitemap(publisher: &Publisher, listed: &[&Written]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" ");
    out.push_str("xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n");
    for document in listed {
        let _ = writeln!(out, "<url>\n<loc>{}</loc>\n<news:news>", document.url());
        let title = pages::escape(&publisher.title);
        let lang = &publisher.lang;
        let _ = writeln!(
            out,
            "<news:publication><news:name>{title}</news:name><news:language>{lang}</news:language></news:publication>"
        );
        let _ = writeln!(out, "<news:publication_date>{}</news:publication_date>", document.published);
        let _ = writeln!(out, "<news:title>{}</news:title>\n</news:news>\n</url>", pages::escape(&document.title));
    }
    out.push_str("</urlset>\n");
    out
}
