//! The same over a server, where one can be had: every worker has a connection of its own.

use super::{Two, bring_the_same, take_turns};
use crate::bed::Bed;
use crate::engines::{over_engines, server_beds};
use jiff::Timestamp;

/// Two workers of a store on a server, in the present: a pause is one by the server's clock.
async fn two(bed: &Bed) -> Two {
    Two { now: Timestamp::now(), ..Two::of([bed.writer(), bed.writer()], &[]).await }
}

fn workers_on_a_server_that_take_turns_place_as_one_would() {
    for bed in server_beds() {
        let (a, b, c) = (bed.writer(), bed.writer(), bed.writer());
        take_turns([&*a, &*b, &*c], |_| {});
    }
}

fn workers_on_a_server_that_bring_the_same_at_once_store_it_once() {
    for bed in server_beds() {
        let (a, b, c) = (bed.writer(), bed.writer(), bed.writer());
        bring_the_same([&*a, &*b, &*c]);
    }
}

#[tokio::main]
async fn two_passes_at_once_on_a_server_are_one_visitor_to_publishers() {
    for bed in server_beds() {
        two(&bed).await.share().await;
    }
}

#[tokio::main]
async fn a_pause_that_one_worker_on_a_server_heard_keeps_the_others_away() {
    for bed in server_beds() {
        two(&bed).await.hear_of_a_pause().await;
    }
}

over_engines! {
    postgres: [
        workers_on_a_server_that_take_turns_place_as_one_would,
        workers_on_a_server_that_bring_the_same_at_once_store_it_once,
        two_passes_at_once_on_a_server_are_one_visitor_to_publishers,
        a_pause_that_one_worker_on_a_server_heard_keeps_the_others_away,
    ]
}
