//! The article of a page or a plain text ([`article`]), and the items of a feed, a sitemap or a listing ([`feed`]).

pub mod article;
pub mod feed;
