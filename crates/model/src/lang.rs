//! A language as its BCP 47 primary tag: `vi`, `de`, `zh`, `ckb`.
//!
//! Publishers write `en_US`, `deu`, `zho-CN`, `VI-vn`; all become the shortest primary tag, so
//! that two documents of one language compare equal. Scripts and regions are dropped on purpose.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A primary language tag, at most eight lower-case ASCII letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang([u8; 8]);

/// The tag where a person may read it, else its eight bytes.
impl Serialize for Lang {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if out.is_human_readable() { out.collect_str(self) } else { self.0.serialize(out) }
    }
}

impl<'de> Deserialize<'de> for Lang {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut bytes = [0; 8];
        if from.is_human_readable() {
            let tag = Cow::<str>::deserialize(from)?;
            let room = bytes.get_mut(..tag.len()).ok_or_else(|| serde::de::Error::custom("a tag that is too long"))?;
            room.copy_from_slice(tag.as_bytes());
        } else {
            bytes = <[u8; 8]>::deserialize(from)?;
        }
        // What counts as shortest may change; what was stored stays readable.
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(8);
        let (tag, rest) = bytes.split_at(length);
        if length > 0 && tag.iter().all(u8::is_ascii_lowercase) && rest.iter().all(|byte| *byte == 0) {
            Ok(Self(bytes))
        } else {
            Err(serde::de::Error::custom("this is no primary language tag"))
        }
    }
}

/// ISO 639-2/3 codes that have a two-letter form, and codes of a macro-language's main member.
const SHORTER: &[(&str, &str)] = &[
    ("afr", "af"),
    ("alb", "sq"),
    ("amh", "am"),
    ("ara", "ar"),
    ("arb", "ar"),
    ("arm", "hy"),
    ("asm", "as"),
    ("ast", "ast"),
    ("aze", "az"),
    ("azj", "az"),
    ("bak", "ba"),
    ("baq", "eu"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bod", "bo"),
    ("bos", "bs"),
    ("bul", "bg"),
    ("bur", "my"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("chi", "zh"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("cze", "cs"),
    ("dan", "da"),
    ("deu", "de"),
    ("div", "dv"),
    ("dut", "nl"),
    ("dzo", "dz"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("eus", "eu"),
    ("ewe", "ee"),
    ("fao", "fo"),
    ("fas", "fa"),
    ("fij", "fj"),
    ("fil", "tl"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("fry", "fy"),
    ("ful", "ff"),
    ("geo", "ka"),
    ("ger", "de"),
    ("gla", "gd"),
    ("gle", "ga"),
    ("glg", "gl"),
    ("gre", "el"),
    ("guj", "gu"),
    ("hat", "ht"),
    ("hau", "ha"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ibo", "ig"),
    ("ice", "is"),
    ("in", "id"),
    ("ind", "id"),
    ("isl", "is"),
    ("ita", "it"),
    ("iw", "he"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("kaz", "kk"),
    ("khm", "km"),
    ("kin", "rw"),
    ("kir", "ky"),
    ("kor", "ko"),
    ("kur", "ku"),
    ("lao", "lo"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("ltz", "lb"),
    ("lvs", "lv"),
    ("mac", "mk"),
    ("mal", "ml"),
    ("mao", "mi"),
    ("mar", "mr"),
    ("may", "ms"),
    ("mkd", "mk"),
    ("mlg", "mg"),
    ("mlt", "mt"),
    ("mon", "mn"),
    ("mri", "mi"),
    ("msa", "ms"),
    ("mya", "my"),
    ("nb", "no"),
    ("nde", "nd"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nn", "no"),
    ("nno", "no"),
    ("nob", "no"),
    ("nor", "no"),
    ("nya", "ny"),
    ("orm", "om"),
    ("pan", "pa"),
    ("per", "fa"),
    ("pes", "fa"),
    ("plt", "mg"),
    ("pol", "pl"),
    ("por", "pt"),
    ("prs", "fa"),
    ("pus", "ps"),
    ("ron", "ro"),
    ("rum", "ro"),
    ("run", "rn"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slo", "sk"),
    ("slv", "sl"),
    ("sme", "se"),
    ("smo", "sm"),
    ("sna", "sn"),
    ("snd", "sd"),
    ("som", "so"),
    ("spa", "es"),
    ("sqi", "sq"),
    ("srp", "sr"),
    ("ssw", "ss"),
    ("swa", "sw"),
    ("swe", "sv"),
    ("swh", "sw"),
    ("tah", "ty"),
    ("tam", "ta"),
    ("tat", "tt"),
    ("tel", "te"),
    ("tgk", "tg"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tib", "bo"),
    ("tir", "ti"),
    ("ton", "to"),
    ("tsn", "tn"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("uig", "ug"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("uzn", "uz"),
    ("ven", "ve"),
    ("vie", "vi"),
    ("wel", "cy"),
    ("wol", "wo"),
    ("xho", "xh"),
    ("ydd", "yi"),
    ("yid", "yi"),
    ("yor", "yo"),
    ("yue", "zh"),
    ("zho", "zh"),
    ("zsm", "ms"),
    ("zul", "zu"),
];

/// Countries that publishers write in place of their language, where no language has that code, or one that hardly
/// any paper publishes in (`kr` is Kanuri, too).
const COUNTRIES: &[(&str, &str)] = &[
    ("al", "sq"),
    ("bd", "bn"),
    ("cn", "zh"),
    ("cz", "cs"),
    ("dk", "da"),
    ("gb", "en"),
    ("gr", "el"),
    ("hk", "zh"),
    ("ir", "fa"),
    ("jp", "ja"),
    ("kh", "km"),
    ("kp", "ko"),
    ("kr", "ko"),
    ("kz", "kk"),
    ("np", "ne"),
    ("pk", "ur"),
    ("rs", "sr"),
    ("ua", "uk"),
    ("us", "en"),
    ("vn", "vi"),
];

/// Names of languages that publishers write in place of their codes.
const NAMES: &[(&str, &str)] = &[
    ("arabic", "ar"),
    ("chinese", "zh"),
    ("czech", "cs"),
    ("danish", "da"),
    ("deutsch", "de"),
    ("dutch", "nl"),
    ("english", "en"),
    ("finnish", "fi"),
    ("francais", "fr"),
    ("french", "fr"),
    ("german", "de"),
    ("greek", "el"),
    ("hebrew", "he"),
    ("hindi", "hi"),
    ("hungarian", "hu"),
    ("indonesian", "id"),
    ("italian", "it"),
    ("italiano", "it"),
    ("japanese", "ja"),
    ("korean", "ko"),
    ("norwegian", "no"),
    ("persian", "fa"),
    ("polish", "pl"),
    ("polski", "pl"),
    ("portuguese", "pt"),
    ("romanian", "ro"),
    ("russian", "ru"),
    ("spanish", "es"),
    ("svenska", "sv"),
    ("swedish", "sv"),
    ("thai", "th"),
    ("turkish", "tr"),
    ("ukrainian", "uk"),
    ("vietnamese", "vi"),
];

/// Every two-letter code of ISO 639-1, and those that it once had. What else has two letters is no language.
const TWO_LETTERS: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv \
                           cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht \
                           hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko ks ku \
                           kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no \
                           nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so \
                           sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh \
                           yi yo za zh zu";

impl Lang {
    /// Reads a tag as publishers write it; `None` for what is no tag (`und`, `x-default`, prose, `zz`).
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', ',', ';', '.']).next()?.trim().to_ascii_lowercase();
        let named = NAMES.iter().find(|(name, _)| *name == primary).map(|pair| pair.1.to_owned());
        // No language has a longer code; ISO 639 has three letters at most.
        let primary = named.unwrap_or(primary);
        let known = (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_lowercase())
            && !matches!(primary.as_str(), "und" | "mul" | "zxx" | "mis" | "xx");
        if !known {
            return None;
        }
        let known = SHORTER.iter().chain(COUNTRIES).find(|(long, _)| *long == primary);
        let short = known.map_or(primary.as_str(), |pair| pair.1);
        if short.len() == 2 && !TWO_LETTERS.split_ascii_whitespace().any(|code| code == short) {
            return None;
        }
        let mut bytes = [0u8; 8];
        bytes[..short.len()].copy_from_slice(short.as_bytes());
        Some(Self(bytes))
    }

    /// The language that it is a standard form of: Bosnian, Croatian, Montenegrin and Serbian are one to a detector, an
    /// encoder and a reader, and meet as `sh`.
    #[must_use]
    pub fn macrolanguage(self) -> Self {
        match self.as_str() {
            "bs" | "hr" | "sr" | "cnr" => Self(*b"sh\0\0\0\0\0\0"),
            _ => self,
        }
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(8);
        std::str::from_utf8(&self.0[..end]).unwrap_or("und")
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn tags_as_publishers_write_them_meet_in_one() {
        for (written, tag) in [
            ("en_US", "en"),
            ("deu", "de"),
            ("zho-CN", "zh"),
            ("VI-vn", "vi"),
            ("arb", "ar"),
            ("aze-Latn", "az"),
            ("ckb-Arab", "ckb"),
            (" nob ", "no"),
            ("vn", "vi"),
            ("VN", "vi"),
            ("jp", "ja"),
            ("cz-CZ", "cs"),
            ("kr", "ko"),
            ("English", "en"),
            ("Vietnamese", "vi"),
        ] {
            assert_eq!(Lang::parse(written).map(|lang| lang.to_string()).as_deref(), Some(tag), "{written}");
        }
        for nothing in ["", "und", "x-default", "english language", "1", "*", "zz", "en1", "qx-VN", "none", "default"] {
            assert_eq!(Lang::parse(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_tag_is_text_where_a_person_reads_it_and_anything_else_is_refused() {
        let lang = Lang::parse("vi").expect("a language");
        assert_eq!(serde_json::to_string(&lang).expect("text"), "\"vi\"");
        assert_eq!(serde_json::from_str::<Lang>("\"vi\"").expect("a language"), lang);
        for wrong in ["\"\"", "\"VI\"", "\"v\\u0000i\"", "\"vietnamese\"", "7"] {
            assert!(serde_json::from_str::<Lang>(wrong).is_err(), "{wrong}");
        }
        let bytes = postcard::to_stdvec(&lang).expect("bytes");
        assert_eq!(bytes, *b"vi\0\0\0\0\0\0");
        assert_eq!(postcard::from_bytes::<Lang>(&bytes).expect("a language"), lang);
        assert!(postcard::from_bytes::<Lang>(b"v\0i\0\0\0\0\0").is_err());
    }
}
