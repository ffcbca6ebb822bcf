//! Prints the article of a page: headline, time, text, and what was taken away with the reason.
//!
//! `cargo run --example extract_article -- FILE [ADDRESS]`, or the page on stdin where FILE is left out or `-`. The address
//! that the page came from is not asked; it makes links absolute and says which rules of sites apply.

use samestory_extract::article::{self, Repeated, Settings};
use samestory_model::markup::decode;
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
    let address = arguments.next().map(|address| Url::parse(&address)).transpose()?;

    // What is no text, such as a picture, is refused by name. The encoding is found out as browsers do it.
    article::admit_bytes(&bytes, address.as_ref())?;
    let html = decode(&bytes, None, None).text;
    // Nothing is known of other pages of the host; with them, blocks that stand on several would be left out as well.
    let page = article::page(&html, address.as_ref(), &Settings::default(), &Repeated::none())?;

    println!("# {}", page.title);
    if let Some(published) = page.published {
        println!("{published}");
    }
    println!("\n{}", page.text);
    for piece in &page.removed {
        let beginning: String = piece.text.chars().take(60).collect();
        eprintln!("taken away, {:?}: {beginning}", piece.why);
    }
    Ok(())
}
