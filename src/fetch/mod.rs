//! Asks publishers for feeds and pages, politely and safely.
//!
//! The only module that opens sockets to the outside. It promises that one host has one request
//! in flight with a gap between starts, that no request goes behind the user's own router, that no
//! answer is larger than its limit, and that all bodies held together stay within a budget. It does not
//! decide when to ask: that is `schedule`, to which the pipeline hands what an answer said
//! ([`samestory_model::Answer`], [`samestory_model::Refusal`]). Nothing here keeps state on disk: validators,
//! redirects and the texts of robots.txt go in and out as values.

mod body;
mod challenge;
mod client;
mod coding;
mod connect;
mod credentials;
mod error;
mod glance;
mod guard;
mod headers;
mod host_limiter;
mod packed;
mod post;
mod queue;
pub mod robots;
mod room;
mod rules;
mod shared;
mod trail;

pub use client::{Fetched, Fetcher, Request, Response, Want};
pub use credentials::Credentials;
pub use error::{FetchError, FetchErrorKind};
pub use robots::{RobotsRecord, Verdict};
pub use room::{Held, Room};
pub use shared::{SharedAnswer, SharedLimiter};
