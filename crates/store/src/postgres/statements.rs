//! Every statement that has to find its rows by an index, for tests that ask the planner.

use super::store::PostgresStore;
use super::{commit, groups, notes, read, reader, reading, retain, settling, shown, sql, texts, workers};

impl PostgresStore {
    /// Names and texts of the statements that run for each document, item, story, address or permit. What is not
    /// here reads a small table, or all of a store on purpose (backup, the daily purge).
    pub fn statements() -> &'static [(&'static str, &'static str)] {
        &[
            ("state", read::STATE),
            ("item", read::ITEM),
            ("placement", read::PLACEMENT),
            ("placements", sql::PLACEMENTS),
            ("address", read::ADDRESS),
            ("on host", read::ON_HOST),
            ("host", read::HOST),
            ("page", read::PAGE),
            ("waiting of", read::WAITING_OF),
            ("purged", read::PURGED),
            ("window", read::WINDOW),
            ("time of", texts::TIME_OF),
            ("document", texts::DOCUMENT),
            ("features", texts::FEATURES),
            ("both", texts::BOTH),
            ("known", commit::KNOWN),
            ("take documents", commit::TAKE_DOCUMENTS),
            ("put placements", commit::PUT_PLACEMENTS),
            ("take stories", commit::TAKE_STORIES),
            ("count stories", commit::COUNT_STORIES),
            ("take waiting", commit::TAKE_WAITING),
            ("take story aliases", commit::TAKE_STORY_ALIASES),
            ("stories", groups::STORIES),
            ("aliased", groups::ALIASED),
            ("aliased articles", groups::ALIASED_ARTICLES),
            ("take article aliases", commit::TAKE_ARTICLE_ALIASES),
            ("stories into", groups::STORIES_INTO),
            ("articles into", groups::ARTICLES_INTO),
            ("sizes", shown::SIZES),
            ("aged", retain::AGED),
            ("in stories", retain::IN_STORIES),
            ("items of", retain::ITEMS_OF),
            ("addresses of", retain::ADDRESSES_OF),
            ("take where", retain::TAKE_WHERE),
            ("since", workers::SINCE),
            ("latest", reader::LATEST),
            ("latest after", reader::LATEST_AFTER),
            ("changed", reader::CHANGED),
            ("count changed", reader::COUNT_CHANGED),
            ("head", reader::HEAD),
            ("views", reader::VIEW),
            ("story", reader::STORY),
            ("article", reader::ARTICLE),
            ("story of an article", reader::STORY_OF_ARTICLE),
            ("story of a document", reader::STORY_OF_DOCUMENT),
            ("documents at", reader::AT),
            ("placed", reading::PLACED),
            ("note", notes::NOTE),
            ("take turn", settling::TAKE_TURN),
            ("end turn", settling::END_TURN),
        ]
    }
}
