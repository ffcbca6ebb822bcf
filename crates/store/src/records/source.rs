//! Sources and what is known of them.

use super::form::{choice, form};
use super::record;
use jiff::Timestamp;
use samestory_model::{
    Failure, Fault, FullText, Lang, PollHints, PollRule, Redirect, Source, SourceId, SourceKind, SourceState,
    Validators,
};
use url::Url;

choice! {
    /// What stands at a source's address.
    SourceKindV1 of SourceKind { Feed, Sitemap, Listing, Folder }
}

choice! {
    /// Where a source's full texts come from.
    FullTextV1 of FullText { Auto, Feed, Page }
}

form! {
    /// A followed source.
    SourceV1 of Source {
        name: SourceId,
        url: Url,
        kind: SourceKindV1,
        title: Option<String>,
        lang: Option<Lang>,
        tags: Vec<String>,
        full_text: FullTextV1,
        every_seconds: Option<u64>,
        link_pattern: Option<String>,
        link_selector: Option<String>,
        credentials: Option<String>,
        enabled: bool,
    }
}

form! {
    /// What an answer gave to ask by.
    ValidatorsV1 of Validators { etag: Option<Vec<u8>>, last_modified: Option<Vec<u8>> }
}

form! {
    /// Why a source is polled when it is.
    PollRuleV1 of PollRule { rule: String, detail: String }
}

form! {
    /// A permanent redirect that is not believed yet.
    RedirectV1 of Redirect { to: Url, days: Vec<i32> }
}

choice! {
    /// Whose fault a failure is.
    FaultV1 of Fault { Network, Publisher, Configuration, Ours }
}

form! {
    /// A failure.
    FailureV1 of Failure { subject: String, fault: FaultV1, message: String, hint: String, next_try: Option<Timestamp> }
}

form! {
    /// When a feed says to come back.
    PollHintsV1 of PollHints {
        ttl_minutes: Option<u32>,
        update_seconds: Option<u64>,
        skip_hours: Vec<u8>,
        skip_days: Vec<u8>,
    }
}

form! {
    /// What is known of a source.
    SourceStateV1 of SourceState {
        of: Option<Url>,
        validators: ValidatorsV1,
        validators_of: Option<Url>,
        moved_to: Option<Url>,
        redirect: Option<RedirectV1>,
        body_hash: Option<u64>,
        next_poll: Option<Timestamp>,
        rule: Option<PollRuleV1>,
        last_checked: Option<Timestamp>,
        last_success: Option<Timestamp>,
        errors: u32,
        failing_since: Option<Timestamp>,
        gone: bool,
        failure: Option<FailureV1>,
        repairs: Vec<String>,
        feed_title: Option<String>,
        recent_items: Vec<Timestamp>,
        hints: PollHintsV1,
    }
}

record!(Source, "a source", 1 => SourceV1);
record!(SourceState, "a source's state", 1 => SourceStateV1);
