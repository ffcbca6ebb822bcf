//! Groups looked at again: what a later text shows to be two is parted, and nothing joins that cannot be compared.

use jiff::Timestamp;
use samestory::config::Settings;
use samestory::evaluate;
use samestory_cluster::{Placed, Placer, RULES, same_event};
use samestory_model::{
    ArticleId, DIMENSIONS, Document, DocumentId, Evidence, Features, Lang, Placement, Role, SentenceVector, Signal,
    StoryId, Vector,
};
use url::Url;

fn document(name: &str, lang: &str) -> Document {
    let line = format!(
        "{{\"id\":\"{name}\",\"title\":\"{name}\",\"text\":\"{name}\",\"lang\":\"{lang}\",\"published\":\"2026-11-10T08:00:00Z\"}}"
    );
    let file = Url::parse("file:///cohesion.jsonl").expect("an address");
    evaluate::document(&line, "cohesion", &file, Timestamp::UNIX_EPOCH).expect("a good line").document
}

fn axis(place: usize) -> Vector {
    let mut values = vec![0.0; DIMENSIONS];
    values[place] = 1.0;
    Vector::new(&values)
}

/// A text of eight sentences, of which the first `shared` are those of `topic` and the others its own.
fn text(lang: &str, topic: usize, shared: usize, own: usize) -> Features {
    let sentences: Vec<SentenceVector> = (0..8)
        .map(|at| if at < shared { topic * 8 + at } else { 200 + own * 8 + at })
        .map(|place| SentenceVector { vector: axis(place), pieces: 20 })
        .collect();
    let mut head = vec![0.0; DIMENSIONS];
    for sentence in &sentences {
        head.iter_mut().zip(sentence.vector.to_floats()).for_each(|(sum, value)| *sum += value);
    }
    Features {
        model: "test".to_owned(),
        lang: Lang::parse(lang),
        known_language: lang != "dz",
        grasp: 0.85,
        title: if shared > 4 { axis(topic * 8) } else { axis(200 + own * 8) },
        head: Vector::new(&head),
        sentences,
        quantities: Vec::new(),
        names: Vec::new(),
        slug: String::new(),
        text_hash: (topic * 100 + own) as u64,
        shingles: Vec::new(),
        length: 1000,
    }
}

fn at(document: &Document, article: &str, story: &str, with: Option<DocumentId>) -> Placement {
    let told = |with| Evidence {
        signal: Signal::PairModel,
        with,
        evidence: "told before".to_owned(),
        score: Some(0.9),
        threshold: Some(0.5),
    };
    Placement {
        document: document.id,
        article: ArticleId::of(&[article]),
        story: StoryId::of(&[story]),
        role: Role::Original,
        evidence: with.map(told).into_iter().collect(),
        rules: RULES,
        at: Timestamp::UNIX_EPOCH,
    }
}

fn placer() -> Placer<'static> {
    Placer::new(&Settings::default().cluster, Vec::new())
}

fn story(placer: &Placer, document: &Document) -> StoryId {
    let window = placer.window();
    window.member(window.slot_of(document.id).expect("it is in the window")).story
}

fn article(placer: &Placer, document: &Document) -> ArticleId {
    let window = placer.window();
    window.member(window.slot_of(document.id).expect("it is in the window")).article
}

fn told<'a>(placed: &'a Placed, document: &Document) -> &'a Placement {
    placed.placements.iter().find(|one| one.document == document.id).expect("its placement is told")
}

#[test]
fn a_story_that_a_later_report_shows_to_be_two_is_parted() {
    let mut placer = placer();
    let (bridge, ferry, again) = (document("bridge", "en"), document("ferry", "en"), document("again", "en"));
    placer.restore(&bridge, text("en", 0, 8, 0), &at(&bridge, "a1", "s", None));
    placer.restore(&ferry, text("en", 1, 8, 1), &at(&ferry, "a2", "s", Some(bridge.id)));
    let placed = placer.place(&again, text("en", 0, 7, 2), Timestamp::UNIX_EPOCH);
    assert_eq!(story(&placer, &bridge), StoryId::of(&["s"]), "the older one keeps the id");
    assert_eq!(story(&placer, &again), StoryId::of(&["s"]));
    assert_ne!(story(&placer, &ferry), StoryId::of(&["s"]));
    assert!(told(&placed, &ferry).evidence.is_empty(), "what it states of the other does not hold any more");
    assert!(placed.merged_stories.is_empty());
}

#[test]
fn an_article_that_later_versions_show_to_be_two_is_parted() {
    let mut placer = placer();
    let names = [("one", "vi"), ("other", "de"), ("two", "sv"), ("three", "en")];
    let [one, other, two, three] = names.map(|(name, lang)| document(name, lang));
    placer.restore(&one, text("vi", 0, 8, 0), &at(&one, "a", "s", None));
    placer.restore(&other, text("de", 1, 8, 1), &at(&other, "a", "s", Some(one.id)));
    placer.restore(&two, text("sv", 0, 8, 2), &at(&two, "a", "s", Some(one.id)));
    let placed = placer.place(&three, text("en", 0, 8, 3), Timestamp::UNIX_EPOCH);
    for same in [&one, &two, &three] {
        assert_eq!(article(&placer, same), ArticleId::of(&["a"]));
    }
    assert_ne!(article(&placer, &other), ArticleId::of(&["a"]));
    assert!(told(&placed, &other).evidence.iter().all(|told| told.with != one.id));
    let place = placer.window().slot_of(two.id).expect("it is there");
    let stands = placer.window().full(place);
    assert!(stands.evidence.iter().any(|told| told.with == one.id), "what holds stays told");
}

#[test]
fn what_cannot_be_compared_joins_no_story_beside_it() {
    // Three sentences in eight: looked at, and no event two days apart.
    let odds = same_event(&text("en", 0, 8, 0), &text("en", 0, 3, 5));
    assert!((0.34..0.5).contains(&odds), "log-odds of −2 to 0, drawn out threefold: {odds}");
    let mut placer = placer();
    let names = [("near", "en"), ("unknown", "dz"), ("first", "en"), ("second", "en")];
    let [mut near, mut unknown, first, second] = names.map(|(name, lang)| document(name, lang));
    for earlier in [&mut near, &mut unknown] {
        earlier.published = Some("2026-11-08T08:00:00Z".parse().expect("a time"));
    }
    placer.restore(&near, text("en", 0, 3, 5), &at(&near, "a1", "other", None));
    placer.restore(&unknown, text("dz", 3, 8, 6), &at(&unknown, "a2", "other", None));
    placer.restore(&first, text("en", 0, 8, 0), &at(&first, "a3", "own", None));
    placer.place(&second, text("en", 0, 8, 1), Timestamp::UNIX_EPOCH);
    assert_eq!(story(&placer, &second), StoryId::of(&["own"]));
    assert_eq!(story(&placer, &unknown), StoryId::of(&["other"]));
}

#[test]
fn reports_that_name_one_study_are_reports_of_their_own_and_copies_that_name_one_original_are_versions() {
    let now: Timestamp = "2026-03-02T12:00:00Z".parse().expect("an instant");
    let at = |site: &str, title: &str, text: &str, source: &str| {
        let mut document =
            Document::at(Url::parse(&format!("https://{site}.example/find")).expect("an address"), title, text, now);
        document.source_url = Some(Url::parse(source).expect("an address"));
        document
    };
    let study = "https://doi.example/10.5555/lacquer.2026.17";
    let reports = [
        at(
            "leaf",
            "Tomb of a lacquer maker found near Norrvik",
            "Archaeologists have opened a grave from the second century on a hill near Norrvik. It held thirty lacquer \
             boxes, brushes and a scale, the university says. The dead man was about fifty years old. The finds go to \
             the museum of the town in autumn.",
            study,
        ),
        at(
            "gazette",
            "Farmer's plough led researchers to a workshop's owner",
            "It began with a broken pot in a field. When the farmer Ida Berg called the university, nobody thought of a \
             grave, she says. Now the hill above Norrvik is fenced, and visitors wait in rain to see the boxes. The \
             mayor hopes for tourists and has asked for money for a shelter.",
            study,
        ),
        at(
            "courier",
            "What lacquer tells of trade two thousand years ago",
            "The resin in the boxes of Norrvik comes from trees that grow four hundred kilometres away. Chemists \
             compared it with samples from six valleys. So the maker bought from merchants who crossed the mountains, \
             they write. Earlier research had placed that trade two centuries later.",
            study,
        ),
    ];
    let mut placer = placer();
    for report in &reports {
        placer.place(report, crate::pass::MODEL.features(report).expect("features"), now);
    }
    let articles: Vec<ArticleId> = reports.iter().map(|report| article(&placer, report)).collect();
    assert!(articles[0] != articles[1] && articles[1] != articles[2] && articles[0] != articles[2]);
    // A shortened reprint and its longer copy name one original that is not here.
    let original = "https://agency.example/news/4711-bridge-closed-after-flood";
    let text = "The bridge over the Ems is closed since Monday because a pier has moved by nine centimetres. Lorries are \
                led over Lathen until the pier is secured. The repair costs 4.2 million euros, the road office says.";
    let longer = format!("{text} Buses run every thirty minutes. The ferry takes bicycles only.");
    let (one, other) = (
        at("mirror", "Bridge over the Ems closed", text, original),
        at("copy", "Ems bridge closed", &longer, original),
    );
    for copy in [&one, &other] {
        placer.place(copy, crate::pass::MODEL.features(copy).expect("features"), now);
    }
    assert_eq!(article(&placer, &one), article(&placer, &other));
}
