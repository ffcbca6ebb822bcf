//! Converts a Hugging Face `tokenizer.json` to the compact file, packed, that ships in `data/model/`.
//!
//! usage: `cargo run --release -p samestory-tools --bin make_tokenizer -- tokenizer.json data/model/tokenizer.kit.zst`

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(json), Some(out), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: make_tokenizer tokenizer.json OUT".into());
    };
    let tokenizer = kitoken::Kitoken::from_tokenizers_file(json)?;
    std::fs::write(out, zstd::encode_all(tokenizer.to_vec().as_slice(), 19)?)?;
    Ok(())
}
