//! The one integration binary: a file a behaviour.
mod cli;
mod cluster;
mod config;
mod demo;
mod extract;
mod fetch;
mod parse;
mod pass;
mod schedule;
mod show;
mod store;
mod town;
