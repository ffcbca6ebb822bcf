//! Prints the items of a feed, a JSON Feed or a sitemap, and what had to be mended to read it.
//!
//! `cargo run --example read_feed -- FILE [ADDRESS]`, or the feed on stdin where FILE is left out or `-`. The address that
//! it came from is not asked; relative links are joined to it.

use samestory_extract::feed;
use std::error::Error;
use std::io::Read;
use url::Url;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bytes = match arguments.next().filter(|file| file != "-") {
        Some(file) => std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?,
        None => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes)?;
            bytes
        }
    };
    let address = Url::parse(&arguments.next().unwrap_or_else(|| "https://feed.example/".to_owned()))?;

    // The format is found out; a page answers with the feeds that it links to.
    let parsed = feed::feed(&bytes, None, &address)?;
    println!("{:?}, {} items: {}", parsed.format, parsed.items.len(), parsed.title.unwrap_or_default());
    for item in &parsed.items {
        let published = item.published.map_or_else(|| "no time".to_owned(), |time| time.to_string());
        let link = item.url.as_ref().map_or("no link", Url::as_str);
        println!("{published}  {}\n    {link}", item.title);
    }
    // Neither stops anything: what could be read was read.
    for repair in &parsed.repairs {
        eprintln!("mended {}: {}", repair.name, repair.why);
    }
    for failure in &parsed.failures {
        eprintln!("lost {failure}");
    }
    for feed in &parsed.discovered {
        eprintln!("there is a feed at {feed}");
    }
    Ok(())
}
