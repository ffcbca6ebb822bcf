//! Knows what the words mean that publishers write into `class`, `id` and test ids.
//!
//! The web names its parts in English whatever language the page speaks, so one list serves all.
//! Which share of a page a name may take away is [`super::prune`]'s to say. Read off the names on
//! the 511 pages of `pages-fundus` and `pages-wcxb_article`; no word stands here for one publisher.

use samestory_model::RemovedWhy;
use std::collections::HashMap;

/// Words that say by themselves what a part is.
const WORDS: &[(RemovedWhy, &str)] = &[
    (
        RemovedWhy::Related,
        "related relateds recommended recommend recommendation recommendations recommends recirc \
         recirculation readmore popular trending teaser teasers teaserlist carousel outbrain taboola \
         similar suggested suggestions upnext mostread mostpopular promo promos crosslinks linkbox \
         linklist relacionadas relacionados relacionada relationlist seealso readalso latest onward \
         plista ligatus correlati correlate morenews bestof further relatedlinks relatednews tinlienquan \
         headlines relatedarticles relatedarticle relatedposts zergnet nextarticle jeg",
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
    (RemovedWhy::Prompt, "sign-up log-in call-to"),
    (RemovedWhy::Navigation, "side-bar tag-list article-tags post-tags table-contents"),
    (RemovedWhy::Byline, "about-author author-bio author-box reading-time read-time publish-date"),
    (RemovedWhy::Chrome, "sr-only screen-reader visually-hidden"),
];

/// The lists, ready to be asked.
#[derive(Debug)]
pub(super) struct Names {
    words: HashMap<&'static str, RemovedWhy>,
    pairs: HashMap<&'static str, Vec<(&'static str, RemovedWhy)>>,
}

impl Names {
    /// Lays the lists out; done once a page.
    pub fn new() -> Self {
        let words = WORDS.iter().flat_map(|(why, words)| words.split_ascii_whitespace().map(move |word| (word, *why)));
        let mut pairs: HashMap<&'static str, Vec<(&'static str, RemovedWhy)>> = HashMap::new();
        for (why, listed) in PAIRS {
            for (first, second) in listed.split_ascii_whitespace().filter_map(|pair| pair.split_once('-')) {
                pairs.entry(first).or_default().push((second, *why));
            }
        }
        Self { words: words.collect(), pairs }
    }

    /// What a word says, and the word as the list has it.
    pub fn word(&self, word: &str) -> Option<(RemovedWhy, &'static str)> {
        self.words.get_key_value(word).map(|(word, why)| (*why, *word))
    }

    /// What two words in a row say.
    pub fn pair(&self, words: &[String]) -> Option<(RemovedWhy, &'static str)> {
        words.windows(2).find_map(|two| {
            let (first, seconds) = self.pairs.get_key_value(two[0].as_str())?;
            seconds.iter().find(|(second, _)| *second == two[1]).map(|(_, why)| (*why, *first))
        })
    }
}
