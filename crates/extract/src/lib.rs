//! What publishers send, read: the article of a page or a plain text ([`article`]), and the items of a feed, a sitemap,
//! a listing page or a list of sources ([`feed`]).
//!
//! In go bytes or text as they came, with the address they came from; out come
//! [`Extracted`](samestory_model::Extracted), the article with its headline, authors, times and language, and all that
//! was taken away with the reason, or [`ParsedFeed`](samestory_model::ParsedFeed), the items with every repair and
//! every entry that was lost. One bad entry never loses a feed, and hostile input costs no more than its length says or
//! is refused with an error that names it.
//!
//! Nothing here asks a server, keeps anything between two calls, or looks at a clock. No language model is needed: the
//! same rules serve every script, and what little depends on a language stands in `samestory_model`.
//!
//! # Example
//!
//! The article of a page, without its menu and its advice to read on:
//!
//! ```
//! use samestory_extract::article::{self, Repeated, Settings};
//! use url::Url;
//!
//! let html = r#"<html lang="en"><head><title>Bridge reopens - The Leaf</title>
//!     <meta property="article:published_time" content="2026-03-03T18:30:00Z"></head>
//!     <body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
//!     <article><h1>Bridge reopens after three years</h1>
//!     <p>The old bridge over the Ems was reopened on Tuesday after three years of repairs, the city said.</p>
//!     <p>The work cost 4.2 million euros, a million more than had been planned when it began in 2023.</p>
//!     <div class="related"><a href="/more">Read also: the ferry stops</a></div></article></body></html>"#;
//! let address = Url::parse("https://leaf.example/bridge")?;
//! let page = article::page(html, Some(&address), &Settings::default(), &Repeated::none())?;
//! assert_eq!(page.title, "Bridge reopens after three years");
//! assert_eq!(page.published.expect("a time").to_string(), "2026-03-03T18:30:00Z");
//! assert_eq!(page.text.lines().count(), 2);
//! assert!(page.text.starts_with("The old bridge") && page.text.ends_with("began in 2023."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The items of a feed, here one whose publisher forgot to escape an ampersand:
//!
//! ```
//! use samestory_extract::feed;
//! use url::Url;
//!
//! let rss = br#"<rss version="2.0"><channel><title>Leaf</title><item><title>Bread & circuses</title>
//!     <link>https://leaf.example/bread</link><pubDate>Tue, 03 Mar 2026 18:30:00 GMT</pubDate></item></channel></rss>"#;
//! let parsed = feed::feed(rss, Some("application/rss+xml"), &Url::parse("https://leaf.example/rss")?)?;
//! let item = &parsed.items[0];
//! assert_eq!(item.title, "Bread & circuses");
//! assert_eq!(item.url.as_ref().expect("a link").path(), "/bread");
//! assert!(!parsed.repairs.is_empty(), "what was mended is said");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod article;
pub mod feed;
