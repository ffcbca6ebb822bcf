//! Knows what the words mean that publishers write into `class`, `id` and test ids.
//!
//! The web names its parts in English whatever language the page speaks, so one list serves all.
//! Which share of a page a name may take away is [`super::prune`]'s to say. Read off the names on
//! the 511 pages of `pages-fundus` and `pages-wcxb_article`; no word stands here for one publisher.

use samestory_model::RemovedWhy;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words that say by themselves what a part is.
const WORDS: &[(RemovedWhy, &str)] = &[
    (
        RemovedWhy::Related,
        "related relateds recommended recommend recommendation recommendations recommends recirc \
         recirculation readmore popular trending teaser teasers teaserlist carousel outbrain taboola \
         similar suggested suggestions upnext mostread mostpopular promo promos crosslinks linkbox \
         linklist relacionadas relacionados relacionada relationlist seealso readalso latest onward \
         plista ligatus correlati correlate morenews bestof further relatedlinks relatednews tinlienquan \
         headlines relate relates relatedarticles relatedarticle relatedposts zergnet nextarticle jeg",
    ),
    (
        RemovedWhy::Comments,
        "comment comments commentlist commenting disqus kommentare kommentar commentaires comentarios \
         livefyre respond replies discussion opinary coral viafoura usercomment commentbox openweb",
    ),
    (
        RemovedWhy::Prompt,
        "newsletter newsletters subscribe subscription subscriptions share sharing shares sharebar social \
         socials sociallinks socialmedia follow cookie cookies consent gdpr signup login register \
         registration donate donation cta popup modal overlay whatsapp addtoany sharethis addthis \
         sharedaddy jp piano regwall paywall poll survey quiz appdownload abo signin optin mailchimp \
         mailing upsell promobox toast onetrust feedback rating ratings newsletterbox",
    ),
    (
        RemovedWhy::Navigation,
        "nav navbar navigation menu submenu breadcrumb breadcrumbs pagination pager toolbar sidebar \
         footer masthead skip skiplink tags taglist topics keywords toc ez topbar sitemap hashtags kicker \
         eyebrow rubric overline tagcloud breadcrump sidenav tableofcontents categories",
    ),
    (
        RemovedWhy::Byline,
        "byline bylines dateline timestamp authorbox authorbio authors author authorinfo pubdate postmeta \
         entrymeta datetime readingtime readtime bio contributor contributors signature vcard published \
         posted meta metadata infobar metabar updated date",
    ),
    (
        RemovedWhy::Caption,
        "caption captions figcaption imagecaption photocredit credit credits copyright legend \
         bildunterschrift imgcaption gallery slideshow lightbox imagecredit wpcaption attribution \
         photocaption",
    ),
    (
        RemovedWhy::Chrome,
        "ad ads adv advert adverts advertisement advertising advertorial adsense sponsor sponsored \
         sponsors dfp gpt adslot adbox adunit adcontainer adwrapper screenreader noprint tooltip player \
         videoplayer audioplayer widget widgets loading spinner hidden weather stickybar anzeige werbung \
         print jwplayer brightcove vjs visuallyhidden ticker disclosure",
    ),
];

/// Two words in a row that say together what one alone does not: `first-second`.
const PAIRS: &[(RemovedWhy, &str)] = &[
    (
        RemovedWhy::Related,
        "read-more read-also read-next see-also more-news more-on more-from more-articles more-stories \
         most-read most-viewed up-next next-article next-post post-navigation also-read link-list \
         link-box article-list news-list post-list",
    ),
    (RemovedWhy::Prompt, "sign-up sign-in log-in call-to"),
    (RemovedWhy::Navigation, "side-bar tag-list article-tags post-tags table-contents"),
    (RemovedWhy::Byline, "about-author author-bio author-box reading-time read-time publish-date"),
    (RemovedWhy::Chrome, "sr-only screen-reader visually-hidden"),
];

/// Letters of a listed word from which it is known at the beginning of a longer one (`tinlienquanv`), and at its end
/// (`boxrelated`). Shorter ones begin or end words of another meaning: `commentary`, `unavailable`.
const BEGINS: usize = 9;
const ENDS: usize = 7;

/// What a name says, and the word as the list has it.
type Answer = Option<(RemovedWhy, &'static str)>;

/// The lists, laid out.
#[derive(Debug)]
struct Lists {
    words: HashMap<&'static str, RemovedWhy>,
    pairs: HashMap<&'static str, Vec<(&'static str, RemovedWhy)>>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let words = WORDS.iter().flat_map(|(why, words)| words.split_ascii_whitespace().map(move |word| (word, *why)));
    let mut pairs: HashMap<&'static str, Vec<(&'static str, RemovedWhy)>> = HashMap::new();
    for (why, listed) in PAIRS {
        for (first, second) in listed.split_ascii_whitespace().filter_map(|pair| pair.split_once('-')) {
            pairs.entry(first).or_default().push((second, *why));
        }
    }
    Lists { words: words.collect(), pairs }
});

/// Words of one page whose answers are kept: a page has the same few hundred again and again.
const KEPT: usize = 4_096;

/// Answers for the names of one page.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, Answer>);

impl Names {
    /// What a word says, and the word as the list has it.
    pub fn word(&mut self, word: &str) -> Answer {
        if let Some(answer) = self.0.get(word) {
            return *answer;
        }
        let exact = |word: &str| LISTS.words.get_key_value(word).map(|(word, why)| (*why, *word));
        let answer = exact(word)
            .or_else(|| (BEGINS..word.len()).rev().find_map(|end| exact(&word[..end])))
            .or_else(|| (1..(word.len() + 1).saturating_sub(ENDS)).find_map(|from| exact(&word[from..])));
        if self.0.len() < KEPT {
            self.0.insert(word.to_owned(), answer);
        }
        answer
    }

    /// What two words in a row say.
    pub fn pair(words: &[String]) -> Answer {
        words.windows(2).find_map(|two| {
            let (first, seconds) = LISTS.pairs.get_key_value(two[0].as_str())?;
            seconds.iter().find(|(second, _)| *second == two[1]).map(|(_, why)| (*why, *first))
        })
    }
}
