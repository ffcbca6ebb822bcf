//! The one integration binary: a file a behaviour.
mod bad_input;
mod bed;
mod demo;
mod extract;
mod fetch;
mod house;
mod importing;
mod pass;
mod placement;
mod reading;
mod schedule;
mod store;
mod town;
mod words;
