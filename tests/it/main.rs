//! The one integration binary: a file a behaviour.
mod bad_input;
mod bed;
mod demo;
mod extract;
mod fetch;
mod house;
mod importing;
mod reading;
mod schedule;
mod town;
