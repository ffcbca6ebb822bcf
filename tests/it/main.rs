//! The one integration binary: a file a behaviour.
mod bad_input;
mod bed;
mod demo;
mod extract;
mod feeds;
mod fetch;
mod hostile;
mod house;
mod importing;
mod opml;
mod pass;
mod polite;
mod reading;
mod schedule;
mod store;
mod town;
