//! Tells a page that wants to see a browser or a person from an ordinary refusal, and from an ordinary page.
//!
//! Such a page is reported as what it is; nothing here or elsewhere tries to pass it. The marks are headers that the
//! guards set themselves and addresses and variables of their scripts; words of a language would be found in articles
//! about them. A refusal is a challenge where a mark stands anywhere in it. A success is one only where the mark is at
//! work (in a tag or a script, not in the text) and there is nothing beside it to read: guards put their scripts into
//! pages that they let through, too.

use super::glance::Glance;
use reqwest::header::HeaderMap;

/// Bytes of a refusal that are looked at.
pub(super) const LOOKED_AT: usize = 64 * 1024;

/// Characters that a challenge shows at most.
const MOST_SHOWN: usize = 1200;
/// Links that a challenge has at most: to its maker, its rules, a person to write to.
const MOST_LINKS: usize = 8;

/// A header, a text in its value (empty for any), and whose header it is.
const HEADER_MARKS: [(&str, &str, &str); 6] = [
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-datadome", "", "DataDome"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("x-sucuri-block", "", "Sucuri"),
    ("x-px-block", "", "HUMAN"),
];

/// What stands in the tags and scripts of a challenge and of no other page, and whose it is.
const AT_WORK: [(&str, &str); 43] = [
    ("_cf_chl_opt", "Cloudflare"),
    ("/chl_page/", "Cloudflare"),
    ("/orchestrate/", "Cloudflare"),
    ("cf-browser-verification", "Cloudflare"),
    ("cf-challenge", "Cloudflare"),
    ("jschl_vc", "Cloudflare"),
    ("__cf_chl_", "Cloudflare"),
    ("/.within.website/x/", "Anubis"),
    ("anubis_challenge", "Anubis"),
    ("/.well-known/.git.gammaspectra.live/git/go-away/", "go-away"),
    ("/.basedflare/", "BasedFlare"),
    ("/.powxy/", "powxy"),
    ("captcha-delivery.com", "DataDome"),
    ("_incapsula_resource?cwudnsai", "Imperva"),
    ("/_incapsula_resource?incident", "Imperva"),
    ("distil_r_captcha", "Imperva"),
    ("distilidentificationblock", "Imperva"),
    ("/_sec/cp_challenge/", "Akamai"),
    ("sec-if-cpt", "Akamai"),
    ("sec-cpt-if", "Akamai"),
    ("bm-verify=", "Akamai"),
    ("px-captcha", "HUMAN"),
    ("_pxuuid", "HUMAN"),
    ("captcha.px-cdn.net", "HUMAN"),
    ("captcha.px-cloud.net", "HUMAN"),
    ("/.well-known/ddos-guard/", "DDoS-Guard"),
    ("check.ddos-guard.net", "DDoS-Guard"),
    ("ddg-captcha", "DDoS-Guard"),
    ("sucuri_cloudproxy_js", "Sucuri"),
    ("sucuri-firewall", "Sucuri"),
    ("window.gokuprops", "AWS WAF"),
    ("awswafcookiedomainlist", "AWS WAF"),
    (".captcha-sdk.awswaf.com/", "AWS WAF"),
    ("/.well-known/vercel/security/", "Vercel"),
    ("/_fs-ch-", "Fastly"),
    ("/149e9513-01fa-4fb0-aad4-566afd725d1b/", "Kasada"),
    ("validate.perfdrive.com", "Radware"),
    ("captcha.perfdrive.com", "Radware"),
    ("window.rbzns", "Reblaze"),
    ("sbbi/?sbbpg=", "StackPath"),
    ("acw_sc__v", "Alibaba Cloud"),
    ("/.haproxy/challenge", "HAProxy"),
    ("slowaes.decrypt(", "testcookie"),
];

/// What guards put into the pages that they let through, too, and whose it is.
const BESIDE: [(&str, &str); 11] = [
    ("/cdn-cgi/challenge-platform/", "Cloudflare"),
    ("_incapsula_resource", "Imperva"),
    (".awswaf.com/", "AWS WAF"),
    ("ddos-guard.net", "DDoS-Guard"),
    ("window._pxappid", "HUMAN"),
    ("/akam/1", "Akamai"),
    ("_kpsdk", "Kasada"),
    ("sucuri_cloudproxy", "Sucuri"),
    ("/tspd/", "F5"),
    ("window[\"bobcmn\"]", "F5"),
    ("errors.edgesuite.net", "Akamai"),
];

/// What any page may ask of a person who writes to it, and a refusal of everybody.
const CAPTCHAS: [(&str, &str); 6] = [
    ("challenges.cloudflare.com/", "Cloudflare"),
    ("www.google.com/recaptcha/", "reCAPTCHA"),
    ("hcaptcha.com/1/api.js", "hCaptcha"),
    ("geetest.com/", "GeeTest"),
    ("frc-captcha", "Friendly Captcha"),
    ("altcha-widget", "ALTCHA"),
];

/// What a challenge says to a program, where nothing else is said.
const SAID: [&str; 5] = [
    "enable javascript and cookies to continue",
    "checking your browser before accessing",
    "checking if the site connection is secure",
    "request unsuccessful. incapsula incident id",
    "crowdsec captcha",
];

/// Whose challenge this is, if it is one.
pub(super) fn guard_of(status: u16, headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let by_header = HEADER_MARKS.iter().find(|(name, mark, _)| {
        headers.get(*name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(mark))
    });
    // DataDome marks every answer that it let through too.
    if let Some((name, _, guard)) = by_header
        && (status >= 400 || *name != "x-datadome")
    {
        return Some(guard);
    }
    if status < 400 {
        return Glance::at(body, MOST_SHOWN, MOST_LINKS).and_then(|page| guard_at_work(&page));
    }
    let page = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]).to_ascii_lowercase();
    AT_WORK.iter().chain(&BESIDE).chain(&CAPTCHAS).find(|(mark, _)| page.contains(mark)).map(|(_, guard)| *guard)
}

/// Whose challenge a page with next to nothing to read is.
fn guard_at_work(page: &Glance) -> Option<&'static str> {
    if let Some((_, guard)) = AT_WORK.iter().find(|(mark, _)| page.code.contains(mark)) {
        return Some(guard);
    }
    // A page that only its scripts fill has a place for them to fill, a guard's has not.
    let beside = || BESIDE.iter().find(|(mark, _)| page.code.contains(mark)).map(|(_, guard)| *guard);
    if page.is_bare {
        return beside().or_else(|| page.comes_back().then_some("a script that sets a cookie and comes back"));
    }
    let says = SAID.iter().any(|said| page.shown.contains(said));
    says.then(|| beside().unwrap_or("an unknown guard"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderName;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        [(HeaderName::from_static(name), value.parse().expect("a header"))].into_iter().collect()
    }

    fn with_200(page: &str) -> Option<&'static str> {
        guard_of(200, &HeaderMap::new(), page.as_bytes())
    }

    #[test]
    fn a_challenge_is_told_from_an_ordinary_refusal() {
        let none = HeaderMap::new();
        assert_eq!(guard_of(403, &headers("cf-mitigated", "challenge"), b""), Some("Cloudflare"));
        assert_eq!(guard_of(202, &headers("x-amzn-waf-action", "challenge"), b""), Some("AWS WAF"));
        let script = b"<script src='/CDN-cgi/challenge-platform/h/b/orchestrate'></script>";
        assert_eq!(guard_of(503, &none, script), Some("Cloudflare"));
        assert_eq!(guard_of(403, &none, b"<h1>Forbidden</h1>"), None);
        assert_eq!(guard_of(403, &headers("server", "cloudflare"), b"Access denied"), None);
    }

    #[test]
    fn a_page_that_only_carries_a_captcha_is_no_challenge() {
        assert_eq!(guard_of(200, &HeaderMap::new(), b"<script src='https://www.google.com/recaptcha/api.js'>"), None);
        assert_eq!(guard_of(200, &headers("x-datadome", "protected"), b"<rss/>"), None);
    }

    #[test]
    fn a_challenge_that_says_success_is_named() {
        for (page, guard) in [
            (
                "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title><meta http-equiv=refresh \
                 content=390></head><body><div class=main-wrapper><noscript><div class=h2><span id=challenge-error-text>\
                 Enable JavaScript and cookies to continue</span></div></noscript></div><script>(function(){\
                 window._cf_chl_opt={cvId:'3',cZone:'paper.example'};var a=document.createElement('script');\
                 a.src='/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1?ray=1';}())</script></body></html>",
                "Cloudflare",
            ),
            (
                "<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title><script id=\"anubis_challenge\" \
                 type=\"application/json\">{}</script></head><body><h1>Making sure you're not a bot!</h1><p>Loading...</p>\
                 <details><summary>Why am I seeing this?</summary><p>You are seeing this because the administrator of \
                 this website has set up Anubis to protect the server against the scourge of AI companies aggressively \
                 scraping websites.</p></details></body></html>",
                "Anubis",
            ),
            (
                "<html lang=en><head><title>paper.example</title><style>#cmsg{animation: A 1.5s;}</style></head><body>\
                 <p id=cmsg>Please enable JS and disable any ad blocker</p><script>var dd={'rt':'c','cid':'x',\
                 'host':'geo.captcha-delivery.com'}</script><script src='https://ct.captcha-delivery.com/c.js'></script>",
                "DataDome",
            ),
            (
                "<html style=\"height:100%\"><head><META NAME=\"ROBOTS\" CONTENT=\"NOINDEX, NOFOLLOW\"><script \
                 src=\"/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3\"></script></head><body></body></html>",
                "Imperva",
            ),
            (
                "<html><head><meta name=robots content=noindex></head><body style=\"margin:0\"><iframe id=\"main-iframe\" \
                 src=\"/_Incapsula_Resource?CWUDNSAI=9&xinfo=1\">Request unsuccessful. Incapsula incident ID: 1-2</iframe>",
                "Imperva",
            ),
            (
                "<html><head><meta http-equiv=\"refresh\" content=\"5; URL='/feed?bm-verify=AAQAAA'\" /></head><body></body>",
                "Akamai",
            ),
            (
                "<!DOCTYPE html><html><head><title>Access to this page has been denied</title><script>\
                 window._pxUuid='x';window._pxAppId='PX1';</script></head><body><div id=px-captcha></div><p>Press & Hold to \
                 confirm you are a human (and not a bot).</p></body>",
                "HUMAN",
            ),
            (
                "<!DOCTYPE html><html><head><title>DDoS-Guard</title><script src=\"/.well-known/ddos-guard/js-challenge/\
                 index.js\"></script></head><body><h1>Checking your browser before accessing paper.example</h1></body>",
                "DDoS-Guard",
            ),
            (
                "<html><title>You are being redirected...</title><noscript>Javascript is required. Please enable javascript \
                 before you are allowed to see this page.</noscript><script>var s={},sucuri_cloudproxy_js='';</script></html>",
                "Sucuri",
            ),
            (
                "<!DOCTYPE html><html><head><script>window.awsWafCookieDomainList = [];window.gokuProps = {\"key\":\"x\"};\
                 </script><script src=\"https://x.edge.sdk.awswaf.com/x/challenge.js\"></script></head><body><div \
                 id=\"challenge-container\"></div></body></html>",
                "AWS WAF",
            ),
            (
                "<!DOCTYPE html><html><head><title>Vercel Security Checkpoint</title></head><body><p>We're verifying your \
                 browser</p><script src=\"/.well-known/vercel/security/static/challenge.v2.min.js\"></script></body>",
                "Vercel",
            ),
            (
                "<html><body><script>document.cookie=\"D1N=8f1c\"+\";expires=Fri, 31-Dec-37 23:55:55 GMT;path=/\";\
                 window.location.reload(true);</script></body></html>",
                "a script that sets a cookie and comes back",
            ),
            (
                "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"><html><body><div><h1>One \
                 more step</h1><p>Please enable JavaScript and cookies to continue.</p></div><script src=/x.js></script>",
                "an unknown guard",
            ),
        ] {
            assert_eq!(with_200(page), Some(guard), "{page}");
            assert_eq!(with_200(&format!("\u{feff}\n{page}")), Some(guard), "{page}");
        }
    }

    #[test]
    fn a_page_with_something_to_read_and_a_feed_are_no_challenge_whatever_they_mention() {
        let article =
            "<p>Cloudflare's page says \"Just a moment...\", loads /cdn-cgi/challenge-platform/ and asks readers \
             to enable JavaScript and cookies to continue, while Anubis lets the browser do work.</p>"
                .repeat(12);
        let script = "<script>window._pxAppId='PX1'</script><script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js>\
             </script><script src=/_Incapsula_Resource?SWJIYLWA=7></script>";
        for page in [
            // Guards' scripts in a page that they let through, long, short, and one that scripts fill.
            format!("<html><head>{script}</head><body>{article}</body></html>"),
            format!("<html><head>{script}</head><body><p>The bridge is open again.</p></body></html>"),
            format!(
                "<!doctype html><html><head>{script}</head><body><noscript>You need to enable JavaScript to run this app.\
                 </noscript><div id=root></div></body></html>"
            ),
            // Words and marks in the text only.
            "<html><body><p>What does _cf_chl_opt mean? And px-captcha?</p></body></html>".to_owned(),
            "<html><body><pre>&lt;script src=\"/.within.website/x/cmd/anubis/\"&gt;</pre><p>Anubis</p></body>"
                .to_owned(),
            "<html><head><title>Just a moment...</title></head><body><p>A poem.</p></body></html>".to_owned(),
            // A front page with little text beside many links.
            format!("<html><body>{}<script>_cf_chl_opt</script></body></html>", "<a href=/a>Tin</a>".repeat(40)),
            // A page that asks for a cookie's consent.
            "<html><body><main><h1>Tin</h1></main><script>document.cookie='a=1';if(x)location.reload()</script>"
                .to_owned(),
            // What is no page.
            format!(
                "<?xml version='1.0'?><rss><channel><item><description><![CDATA[{script}]]></description></item></channel>"
            ),
            "<rss version='2.0'><channel><title>_cf_chl_opt</title></channel></rss>".to_owned(),
            "{\"version\": \"https://jsonfeed.org/version/1\", \"title\": \"<script>_cf_chl_opt</script>\"}".to_owned(),
            "User-agent: *\nDisallow: /cdn-cgi/challenge-platform/".to_owned(),
            String::new(),
            "<html></html>".to_owned(),
            "<html><body></body></html>".to_owned(),
        ] {
            assert_eq!(with_200(&page), None, "{page}");
        }
    }
}
