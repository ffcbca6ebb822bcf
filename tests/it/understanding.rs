//! What documents become is the same however many are understood together, and comes in their order.

use jiff::Timestamp;
use samestory::config::Settings;
use samestory::evaluate;
use samestory::model::{Document, Features};
use samestory::understand::Understanding;

fn document(number: usize) -> Document {
    let text = "A bridge was opened. ".repeat(number % 7 * 12 + 1);
    let line = format!(r#"{{"id":"{number}","title":"Report {number}","text":"{text}"}}"#);
    let file = "file:///reports.jsonl".parse().expect("an address");
    evaluate::document(&line, "reports", &file, Timestamp::UNIX_EPOCH).expect("it reads").document
}

#[test]
fn documents_come_in_their_order_until_somebody_has_enough() {
    let understanding = Understanding::shipped(&Settings::default().understand).expect("it ships");
    let documents: Vec<Document> = (0..40).map(document).collect();
    let fresh = Understanding::shipped(&Settings::default().understand).expect("it ships");
    let alone: Vec<Features> = documents.iter().map(|one| fresh.features(one).expect("it runs")).collect();
    let mut came = Vec::new();
    understanding.in_order(&documents, |features| {
        came.push(features.expect("it runs"));
        came.len() < 33
    });
    assert_eq!(came, alone[..33]);
}
