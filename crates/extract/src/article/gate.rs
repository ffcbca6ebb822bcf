//! Knows the page that stands where an article was asked for: it wants scripts switched on, a proof that no robot reads
//! it, or consent.
//!
//! No list of words decides alone. Such a page states no article (no date, no author, no kind), its text is short, and it
//! speaks of the reader's browser and not of its own headline; or it loads a service that checks browsers. An article
//! about scripts, robots or cookies has one of what these lack, or text that speaks of other things.

use super::guard::cut;
use super::lines::Line;
use super::shape;
use super::stated::Metadata;
use super::tree::{Tag, Tree};
use samestory_model::languages;

/// Weight over which a text is no request to the reader; consent is asked for at greater length.
const SHORT: u32 = 1_200;
const CONSENT: u32 = 6_000;
/// Weight up to which a text in place of a stated article is a request.
const SENTENCES: u32 = 160;
/// Lines of prose on other things that make a text an article.
const OTHER_LINES: usize = 3;
/// Links of a page that asks for a proof; forms for comments ask for it on pages with many.
const FEW_LINKS: usize = 12;
/// Bytes of a script that are looked at for the address of a service.
const SCRIPT: usize = 20_000;

/// Parts of the addresses, ids and class names of services that check browsers.
const CHECKS: &[&str] = &[
    "cdn-cgi/challenge-platform/h",
    "challenges.cloudflare.com",
    "_cf_chl_opt",
    "cf-error-details",
    "captcha-delivery.com",
    "px-captcha",
    "_incapsula_resource",
    "perfdrive.com",
    "awswaf.com",
    "ddos-guard",
    "sgcaptcha",
    "hcaptcha.com",
    "g-recaptcha",
    "recaptcha/api",
    "geetest",
    "akamai-block",
];

const SCRIPTS: &str = "it only asks for scripts to be switched on";
const ROBOTS: &str = "it only asks for a proof that no robot reads it";
const COOKIES: &str = "it only asks for consent";

/// What a page asks for in place of its article; `lines` is its text.
pub(super) fn asks(tree: &Tree, said: &Metadata, lines: &[Line]) -> Option<&'static str> {
    let weight: u32 = lines.iter().map(|line| line.weight).sum();
    if weight > CONSENT {
        return None;
    }
    let spoken = |line: &Line| of_browser(&line.text);
    let share = |of: u32| of as f32 / weight.max(1) as f32;
    let about: u32 = lines.iter().filter(|line| spoken(line)).map(|line| line.weight).sum();
    let others = lines.iter().filter(|line| line.prose && !spoken(line)).count();
    let headline_is = of_browser(&said.title);
    // A page that states an article may lack its text, and only ask for scripts.
    if said.article || said.published.is_some() || !said.byline.is_empty() {
        return (share(about) > 0.99 && weight <= SENTENCES && !headline_is).then(|| kind(lines));
    }
    if others >= OTHER_LINES || is_about_headline(tree, said, lines) {
        return None;
    }
    if weight <= SHORT && checks(tree) {
        return Some(ROBOTS);
    }
    let kind = kind(lines);
    (share(about) >= 0.4 && (weight <= SHORT || kind == COOKIES)).then_some(kind)
}

/// Whether a page loads a service that checks browsers, or shows its marks.
fn checks(tree: &Tree) -> bool {
    if tree.nodes.iter().filter(|node| node.tag == Tag::Link && node.attr("href").is_some()).count() > FEW_LINKS {
        return false;
    }
    let known = |text: &str| {
        let text = cut(text, SCRIPT).to_ascii_lowercase();
        CHECKS.iter().any(|part| text.contains(part))
    };
    tree.nodes.iter().any(|node| match node.text {
        Some(text) => tree.nodes[node.parent].name() == "script" && known(text),
        None => ["src", "action", "id", "class"].iter().filter_map(|name| node.attr(name)).any(known),
    })
}

/// Whether the text has a word of the headline, and the headline is not about browsers.
fn is_about_headline(tree: &Tree, said: &Metadata, lines: &[Line]) -> bool {
    let headed = said.headline_at.is_some_and(|at| {
        let own = shape::skeleton(&tree.beginning(at, super::headline::LONGEST));
        let repeated = said.titles.iter().filter(|title| shape::skeleton(title).contains(&own)).count();
        // The heading is one of the titles itself.
        repeated > 1 || tree.ancestors(at).any(|around| tree.nodes[around].tag == Tag::Article)
    });
    if !headed || of_browser(&said.title) {
        return false;
    }
    let text: Vec<String> = lines.iter().map(|line| shape::skeleton(&line.text)).collect();
    let words = said.title.split(|sign: char| !sign.is_alphanumeric()).map(shape::skeleton);
    words.filter(|word| shape::weight(word) >= 5).any(|word| text.iter().any(|line| line.contains(&word)))
}

fn of_browser(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["javascript", "java script", "captcha"].iter().any(|name| lower.contains(name))
        || languages::names_browser(&lower)
        || languages::names_cookies(&lower)
}

/// What most lines ask for.
fn kind(lines: &[Line]) -> &'static str {
    let lower: Vec<String> = lines.iter().map(|line| line.text.to_lowercase()).collect();
    let count = |is: &dyn Fn(&str) -> bool| lower.iter().filter(|line| is(line)).count();
    let scripts = count(&|line| line.contains("javascript") || languages::names_browser(line));
    let cookies = count(&languages::names_cookies);
    if count(&|line| line.contains("captcha")) > 0 {
        ROBOTS
    } else if cookies > scripts {
        COOKIES
    } else {
        SCRIPTS
    }
}

#[cfg(test)]
mod tests {
    use crate::article::{Repeated, Settings, page};

    fn of(head: &str, body: &str) -> Result<String, String> {
        let html = format!("<html><head>{head}</head><body>{body}</body></html>");
        let read = page(&html, None, &Settings::default(), &Repeated::none());
        read.map(|page| page.text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_page_that_asks_for_something_is_refused_by_name() {
        for (asked, head, body) in [
            (
                "scripts",
                "<title>Sandvik Post</title>",
                "<h1>One moment</h1><p>Bitte aktivieren Sie JavaScript in Ihrem Browser, um Sandvik Post zu lesen.</p>",
            ),
            (
                "scripts",
                "<title>Báo Bến</title>",
                "<div><p>Vui lòng bật JavaScript trong trình duyệt của bạn để xem trang này.</p><p>Trình duyệt của bạn đã cũ.</p></div>",
            ),
            (
                "scripts",
                "<title>港新聞</title>",
                "<p>お使いのブラウザの設定を確認して、スクリプトを有効にしてからもう一度お試しください。</p>",
            ),
            (
                "scripts",
                "<meta property='og:type' content='article'><title>Ferry stays</title>",
                "<div id='root'><p>You need to enable JavaScript to run this app.</p></div>",
            ),
            (
                "robot",
                "<title>Un instant…</title><script src='/cdn-cgi/challenge-platform/h/g/orchestrate'></script>",
                "<h1>sandvik.example</h1><p>Le site doit vérifier la sécurité de votre connexion avant de continuer.</p>",
            ),
            (
                "robot",
                "<title>sandvik.example</title>",
                "<p>Please confirm that a person reads this page, then go on to the news.</p><div class='g-recaptcha'></div>",
            ),
            ("robot", "<title>x</title><script>var dd={'host':'geo.captcha-delivery.com'}</script>", "<p id='m'></p>"),
            (
                "consent",
                "<title>Sandvik Post</title>",
                "<form><h1>Before you go on</h1><p>We and our 812 partners store cookies on your device and read them.</p><p>You can accept all cookies, or choose which of them are set.</p><button>Accept</button></form>",
            ),
        ] {
            let error = of(head, body).expect_err(body);
            assert!(
                error.starts_with("page: not an article: it only asks") && error.contains(asked),
                "{error} for {body}"
            );
        }
    }

    #[test]
    fn an_article_about_browsers_robots_or_cookies_is_one() {
        let about =
            "<p>JavaScript turns thirty this week, and every browser on the market still runs it, the museum says.</p>";
        let line = |n| {
            format!("<p>The exhibition in Sandvik shows in room {n} the machine on which it ran, and who wrote it.</p>")
        };
        let others: String = (1..5).map(line).collect();
        let other = line(1);
        for (head, body) in [
            (
                "<title>Thirty years</title><meta property='article:published_time' content='2026-03-03T08:15:00Z'>",
                format!("{about}{}", about.replace("museum", "archive")),
            ),
            ("<title>JavaScript turns thirty</title>", format!("<h1>JavaScript turns thirty</h1>{about}{others}")),
            (
                "<title>Sandvik museum opens its doors</title>",
                format!("<h1>Sandvik museum opens its doors</h1>{about}{other}"),
            ),
            (
                "<title>A captcha that nobody solves</title>",
                format!("<article class='story'><h1>A captcha that nobody solves</h1>{others}</article>"),
            ),
        ] {
            assert!(of(head, &body).is_ok_and(|text| text.len() > 80), "{body}");
        }
        let comments = format!(
            "<h1>Sandvik museum opens its doors</h1>{other}<form><textarea></textarea><div class='g-recaptcha'></div></form>"
        );
        assert!(of("<title>Sandvik museum opens its doors - Post</title>", &comments).is_ok());
    }
}
