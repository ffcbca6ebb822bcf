//! What is the article and what is not, by kind: pages of our own, each the smallest that shows its kind.

use super::settings;
use samestory_extract::article::{self, Repeated};
use std::fmt::Write as _;
use url::Url;

const TITLE: &str = "Färjan till Högö ställs in hela veckan";

/// A report of a given length in sentences of its own.
fn report(paragraphs: usize) -> String {
    let told = [
        "Rederiet ställer in färjan till Högö hela veckan, eftersom en propeller måste bytas på varvet i Lervik.",
        "Den som bor på ön får åka med postbåten, som går två gånger om dagen och tar tolv personer, säger rederiet.",
        "Skolans elever undervisas hemma tills vidare, och läkaren håller mottagning i bygdegården på onsdag.",
        "Affären på ön har varor för fyra dagar, sade ägaren, som har bett kommunen om hjälp med transporter.",
        "Ett reservfartyg finns i Torsvik, men det saknar ramp och kan inte ta ombord bilar eller ambulanser.",
        "Kommunstyrelsen möts på torsdag för att besluta om ersättning till dem som har ställt in sina resor.",
        "Felet upptäcktes i söndags när besättningen hörde ett slag i aktern, berättar maskinchefen Ove Lund.",
        "Bytet kostar två miljoner kronor, och försäkringen står för hälften, enligt bolagets ekonomichef.",
    ];
    told.iter().take(paragraphs).fold(String::new(), |mut out, line| {
        let _ = write!(out, "<p>{line}</p>");
        out
    })
}

fn text_of(body: &str) -> String {
    let html = format!("<html lang=\"sv\"><head><title>{TITLE}</title></head><body>{body}</body></html>");
    let address = Url::parse("https://kusten.example/nyheter/farjan-installd").expect("an address");
    article::page(&html, Some(&address), &settings(), &Repeated::none()).map(|page| page.text).unwrap_or_default()
}

fn holds(body: &str, wanted: &[&str], unwanted: &[&str]) {
    let text = text_of(body);
    for line in wanted {
        assert!(text.contains(line), "lost: {line}\n{text}");
    }
    for line in unwanted {
        assert!(!text.contains(line), "kept: {line}\n{text}");
    }
}

fn teaser(link: &str, headline: &str, sentence: &str) -> String {
    format!("<div class=\"q7\"><h3><a href=\"{link}\">{headline}</a></h3><div>{sentence}</div></div>")
}

#[test]
fn a_list_of_teasers_goes_and_the_report_stays() {
    let list: String = [
        (
            "/n/1",
            "Sill säljs till rekordpris",
            "Fiskarna får dubbelt så mycket för sillen som i fjol, visar hamnens siffror.",
        ),
        ("/n/2", "Ny chef på biblioteket", "Karin Ek tar över efter sommaren och vill ha öppet på söndagar också."),
        ("/n/3", "Storm väntas till helgen", "Vinden kan nå trettio meter i sekunden på yttre kusten under lördagen."),
    ]
    .iter()
    .map(|(link, headline, sentence)| teaser(link, headline, sentence))
    .collect();
    let body = format!("<div class=\"a\"><h1>{TITLE}</h1>{}<div class=\"b\">{list}</div></div>", report(6));
    holds(&body, &["Rederiet ställer in", "Kommunstyrelsen möts"], &["Fiskarna får", "Karin Ek", "Vinden kan nå"]);
}

#[test]
fn one_teaser_goes_where_picture_and_headline_lead_to_the_same_page() {
    let body = format!(
        "<article><h1>{TITLE}</h1>{}<div class=\"x\"><a href=\"/n/9\"><img src=\"a.jpg\"></a><h4><a href=\"/n/9\">Så byggdes \
         färjan</a></h4><p>I tio år väntade ön på ett fartyg som klarar isen, och sedan kom det på en pråm.</p></div>{}</article>",
        report(4),
        report(8)
            .split_once("<p>Ett reserv")
            .map(|(_, rest)| format!("<p>Ett reserv{rest}"))
            .expect("eight paragraphs")
    );
    holds(&body, &["Affären på ön", "Ett reservfartyg"], &["I tio år väntade"]);
}

#[test]
fn a_list_that_is_the_text_stays() {
    // Dishes of a roundup: the same shape as teasers, and most of the page.
    let dish = |link: &str, name: &str, about: &str| {
        format!("<div class=\"item\"><h3><a href=\"{link}\">{name}</a></h3><p>{about}</p></div>")
    };
    let dishes = [
        dish(
            "/r/1",
            "Torsk med dill",
            "Torsken kokas i fem minuter, inte mer. Sedan får den vila. Lägg dillen på sist, och smaka av med \
              citron. Servera den med potatis som har kokats i saltvatten.",
        ),
        dish(
            "/r/2",
            "Stekt strömming",
            "Vänd fisken i råg. Stek den i smör på hög värme. Salta efteråt. Ät den på knäckebröd, med lök och \
              senap, eller lägg den i ättika över natten.",
        ),
        dish(
            "/r/3",
            "Laxpudding",
            "Varva potatis, lök och lax. Häll på ägg och mjölk. Grädda i en timme. Låt den stå en stund innan den \
              delas, och bjud på skirat smör.",
        ),
    ];
    let body = format!("<article><h1>{TITLE}</h1>{}{}</article>", report(2), dishes.concat());
    holds(&body, &["Rederiet ställer in", "Torsken kokas", "Vänd fisken", "Varva potatis"], &[]);
    // What other sites sell is described, not announced.
    let wares: String = (1..5)
        .map(|at| {
            format!("<div class=\"w\"><h3><a href=\"https://butik{at}.example/v\">Väst nummer {at}</a></h3><p>Väst {at} bar oss en hel \
                     dag i sjön, och ficklampan på axeln syntes på en kilometers håll.</p></div>")
        })
        .collect();
    let body = format!("<article><h1>{TITLE}</h1>{}{wares}</article>", report(4));
    holds(&body, &["Väst 1 bar oss", "Väst 4 bar oss"], &[]);
}

#[test]
fn a_box_is_known_by_parts_of_names_and_by_its_type() {
    let boxed = "<p>Läs om vintern då ön var utan färja i elva veckor, och posten kom med sparkstötting över isen.</p>\
                 <a href=\"/n/4\">Vintern utan färja</a>";
    for attributes in
        ["class=\"boxtinlienquan2\"", "class=\"tinlienquanv3\"", "type=\"RelatedNewsBox\"", "class=\"artikel-relate\""]
    {
        let body = format!("<article><h1>{TITLE}</h1>{}<div {attributes}>{boxed}</div>{}</article>", report(5), "");
        holds(&body, &["Rederiet ställer in", "Ett reservfartyg"], &["Läs om vintern"]);
    }
}

#[test]
fn a_body_called_teaser_or_paywall_stays_and_an_offer_goes() {
    let body = format!(
        "<article><h1>{TITLE}</h1><div class=\"teaser-text\">{}</div><div class=\"paywall\">{}</div></article>",
        report(2),
        report(8).split_once("<p>Skolans").map(|(_, rest)| format!("<p>Skolans{rest}")).expect("eight paragraphs")
    );
    holds(&body, &["Rederiet ställer in", "Skolans elever", "Bytet kostar"], &[]);
    let body = format!(
        "<article><h1>{TITLE}</h1>{}<div class=\"paywall\"><p>Du har läst dina fria texter den här månaden. Bli prenumerant och läs allt \
         för en krona.</p><button>Välj</button></div></article>",
        report(5)
    );
    holds(&body, &["Rederiet ställer in"], &["fria texter"]);
}

#[test]
fn consent_and_the_pages_foot_go_beside_a_brief() {
    let legal = "<p>Vi och våra sjuhundra partner sparar uppgifter på din enhet, till exempel i kakor, och läser dem när du kommer \
                 tillbaka.</p><p>Du kan säga ja eller välja själv, och du kan när som helst ändra dig längst ned på sidan.</p>\
                 <p>Det du väljer gäller alla sidor i koncernen och påverkar inte vad du kan läsa, bara vilka annonser som visas.</p>";
    let body = format!(
        "<div class=\"fönster modal\" id=\"consent\">{legal}<button>Ja</button></div><main><h1>{TITLE}</h1>{}</main>",
        report(2)
    );
    holds(&body, &["Rederiet ställer in"], &["sjuhundra partner"]);
    let body = format!("<main><h1>{TITLE}</h1>{}</main><footer><div>{legal}</div></footer>", report(2));
    holds(&body, &["Rederiet ställer in"], &["sjuhundra partner"]);
    // Without any name: what stands above the headline, and says less than what stands below.
    let body = format!(
        "<div class=\"z1\">{legal}<button>Ja</button></div><div class=\"z2\"><h1>{TITLE}</h1>{}</div>",
        report(3)
    );
    holds(&body, &["Rederiet ställer in"], &["sjuhundra partner"]);
}

#[test]
fn what_is_hidden_and_shown_counts_once() {
    let copy = |style: &str| {
        format!("<div style=\"{style}\"><h1>{TITLE}</h1><div>{}</div></div>", report(6).replace("</p><p>", " "))
    };
    for style in ["display: none", "position:absolute; width:1px; height:1px", "position:absolute;left:-9999px"] {
        let body = format!("<div><h1>{TITLE}</h1><div class=\"post\">{}</div>{}</div>", report(6), copy(style));
        assert_eq!(text_of(&body).matches("Skolans elever").count(), 1, "{style}");
    }
    // Hidden until a script has run, and nowhere else: the text itself.
    let body = format!(
        "<article><h1>{TITLE}</h1><div style=\"display:none\" itemprop=\"articleBody\">{}</div></article>",
        report(6)
    );
    holds(&body, &["Skolans elever"], &[]);
}

#[test]
fn short_items_verses_refrains_and_winners_are_text() {
    let items = "<h2>Du behöver</h2><ul><li>4 ägg</li><li>2 dl mjölk</li><li>1 kg potatis</li><li>lite salt</li></ul>";
    let body = format!("<div><h1>{TITLE}</h1><div>{items}</div><div>{}</div></div>", report(3));
    holds(&body, &["4 ägg", "lite salt", "Skolans elever"], &[]);

    let poem = "<p>Vi väntar på båten,<br>vi väntar på vind,<br>det knakar i måten,<br>det svider i kind.</p>\
                <p>Och kommer den inte,<br>så går vi på is,<br>med stav och med flinta<br>på öbornas vis.</p>";
    holds(
        &format!("<article><h1>{TITLE}</h1><div>{poem}</div></article>"),
        &["vi väntar på vind", "så går vi på is"],
        &[],
    );

    let stops = ["Lervik", "Torsvik", "Högö", "Sandhamn"];
    let mut sung = String::new();
    for (stop, paragraph) in stops.iter().zip(report(4).split_inclusive("</p>")) {
        let _ = write!(
            sung,
            "<h3>{stop}</h3>{paragraph}<p><em>Håll ut, håll ut, hon kommer snart</em></p><div>Annons</div>"
        );
    }
    let text = text_of(&format!("<article><h1>{TITLE}</h1>{sung}</article>"));
    assert_eq!(text.matches("Håll ut, håll ut").count(), 4, "{text}");
    assert!(!text.contains("Annons"), "{text}");

    let body = format!(
        "<article><h1>{TITLE}</h1>{}<p>Priserna gick till:</p><p>Största gädda – Lo Berg</p><p>Minsta abborre – Ia Holm</p></article>",
        report(4)
    );
    holds(&body, &["Största gädda", "Minsta abborre"], &[]);
}

#[test]
fn a_bracket_with_a_colon_in_a_sentence_is_text_and_a_credit_is_none() {
    let body = format!(
        "<article><h1>{TITLE}</h1>{}<p>Nämnden röstade öppet (utfall: sju mot två).</p><p>Kajen i Lervik i söndags. (Bildq: Åsa Mo)</p>{}\
         </article>",
        report(2),
        "<p>Ordföranden vill inte säga när färjan går igen, men hoppas på måndag om delarna kommer fram i tid.</p>"
    );
    holds(&body, &["(utfall: sju mot två)", "Ordföranden vill"], &["Åsa Mo"]);
}

#[test]
fn links_in_a_list_of_the_text_stay_and_a_list_of_links_goes() {
    let own = "<ul><li>Postbåten går klockan åtta</li><li><a href=\"/tider\">Turlista för hela sommaren</a></li><li>Taxi finns i \
               Torsvik</li></ul>";
    let links = "<ul><li><a href=\"/1\">Rederiet varslar tolv anställda</a></li><li><a href=\"/2\">Ön får ny brygga</a></li></ul>";
    let after = "<p>Resenärerna uppmanas att ringa kundtjänst före avresan, eftersom platserna på postbåten är få.</p>";
    let body = format!(
        "<article><h1>{TITLE}</h1>{}{own}<p>Mera finns hos hamnen, som har öppet till klockan tio.</p>{links}{after}</article>",
        report(3)
    );
    holds(&body, &["Turlista för hela sommaren", "Resenärerna"], &["varslar tolv"]);
}

#[test]
fn a_summary_in_the_data_for_machines_does_not_replace_what_is_shown() {
    let summary =
        "Färjan till ön är trasig. Den lagas på varvet. Posten går som vanligt med båt två gånger om dagen. ".repeat(4);
    let data = format!(
        "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"articleBody\":\"{summary}\"}}</script>"
    );
    let more = "<p>Hamnkaptenen Siv Åkesson säger att bogserbåten finns redo i tre dygn, och att isläget inte är något hinder.</p>\
                <p>De som har bokat för lördagen får pengarna tillbaka, men inte för hotell och tåg, skriver rederiet.</p>\
                <p>Facket vill veta varför larmet från i höstas inte ledde till att fartyget togs i docka före julen.</p>";
    let shown = format!("{data}<article><h1>{TITLE}</h1>{}{more}</article>", report(8));
    holds(&shown, &["Rederiet ställer in", "Bytet kostar"], &["Färjan till ön är trasig"]);
}
