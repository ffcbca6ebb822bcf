//! Names of HTML's characters: what `&eacute;` and its like stand for.
//!
//! The 252 names of HTML 4 (as HTML 5 has them) and XML's `apos` stand in tables; the other two thousand of HTML 5 are rare in feeds
//! and are asked of the HTML parser by [`rare`].

use scraper::Html;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Names of the characters from U+00A0 to U+00FF, in their order.
const LATIN: &str = "\
    nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
    sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc \
    Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve \
    Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute \
    acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde \
    ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Further names, each with its code in hexadecimal.
const OTHERS: &str = "\
    quot 22 amp 26 lt 3c gt 3e OElig 152 oelig 153 Scaron 160 scaron 161 Yuml 178 fnof 192 circ 2c6 \
    tilde 2dc Alpha 391 Beta 392 Gamma 393 Delta 394 Epsilon 395 Zeta 396 Eta 397 Theta 398 Iota 399 \
    Kappa 39a Lambda 39b Mu 39c Nu 39d Xi 39e Omicron 39f Pi 3a0 Rho 3a1 Sigma 3a3 Tau 3a4 Upsilon 3a5 \
    Phi 3a6 Chi 3a7 Psi 3a8 Omega 3a9 alpha 3b1 beta 3b2 gamma 3b3 delta 3b4 epsilon 3b5 zeta 3b6 \
    eta 3b7 theta 3b8 iota 3b9 kappa 3ba lambda 3bb mu 3bc nu 3bd xi 3be omicron 3bf pi 3c0 rho 3c1 \
    sigmaf 3c2 sigma 3c3 tau 3c4 upsilon 3c5 phi 3c6 chi 3c7 psi 3c8 omega 3c9 thetasym 3d1 upsih 3d2 \
    piv 3d6 ensp 2002 emsp 2003 thinsp 2009 zwnj 200c zwj 200d lrm 200e rlm 200f ndash 2013 mdash 2014 \
    lsquo 2018 rsquo 2019 sbquo 201a ldquo 201c rdquo 201d bdquo 201e dagger 2020 Dagger 2021 bull 2022 \
    hellip 2026 permil 2030 prime 2032 Prime 2033 lsaquo 2039 rsaquo 203a oline 203e frasl 2044 \
    euro 20ac image 2111 weierp 2118 real 211c trade 2122 alefsym 2135 larr 2190 uarr 2191 rarr 2192 \
    darr 2193 harr 2194 crarr 21b5 lArr 21d0 uArr 21d1 rArr 21d2 dArr 21d3 hArr 21d4 forall 2200 \
    part 2202 exist 2203 empty 2205 nabla 2207 isin 2208 notin 2209 ni 220b prod 220f sum 2211 \
    minus 2212 lowast 2217 radic 221a prop 221d infin 221e ang 2220 and 2227 or 2228 cap 2229 cup 222a \
    int 222b there4 2234 sim 223c cong 2245 asymp 2248 ne 2260 equiv 2261 le 2264 ge 2265 sub 2282 \
    sup 2283 nsub 2284 sube 2286 supe 2287 oplus 2295 otimes 2297 perp 22a5 sdot 22c5 lceil 2308 \
    rceil 2309 lfloor 230a rfloor 230b lang 27e8 rang 27e9 loz 25ca spades 2660 clubs 2663 hearts 2665 \
    diams 2666 apos 27";

static NAMES: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let latin = LATIN.split_whitespace().zip('\u{A0}'..='\u{FF}');
    let words: Vec<&str> = OTHERS.split_whitespace().collect();
    let others = words
        .chunks_exact(2)
        .filter_map(|pair| Some((pair[0], char::from_u32(u32::from_str_radix(pair[1], 16).ok()?)?)));
    latin.chain(others).collect()
});

/// What a name of the tables stands for.
pub fn known(name: &str) -> Option<char> {
    NAMES.get(name).copied()
}

/// What any other name of HTML 5 stands for; slow, so who calls it says how often.
pub fn rare(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > 40 {
        return None;
    }
    let page = Html::parse_fragment(&format!("&{name};"));
    let text = page.root_element().text().collect::<String>();
    (!text.is_empty() && !text.starts_with('&')).then_some(text)
}

/// What a number stands for: 128 to 159 are those of Windows, as browsers have it.
pub fn numbered(code: u32) -> Option<char> {
    if (0x80..0xA0).contains(&code) {
        return encoding_rs::WINDOWS_1252.decode(&[code as u8]).0.chars().next();
    }
    char::from_u32(code)
}

/// What the reference at the beginning of a text stands for, and its length with the ampersand; a name of
/// Latin-1 may lack its semicolon. `rare_left` counts down the slow questions that may still be asked.
pub fn reference(text: &str, rare_left: &mut usize) -> Option<(String, usize)> {
    let body = text.strip_prefix('&')?;
    if let Some(number) = body.strip_prefix('#') {
        let (digits, radix, skipped) = match number.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16, 3),
            None => (number, 10, 2),
        };
        let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
        let sign = numbered(u32::from_str_radix(digits.get(..length.min(9))?, radix).ok()?)?;
        let closed = usize::from(digits[length..].starts_with(';'));
        return Some((sign.to_string(), skipped + length + closed));
    }
    let length = body.bytes().take_while(u8::is_ascii_alphanumeric).take(41).count();
    let name = &body[..length];
    if body[length..].starts_with(';') {
        if let Some(sign) = known(name) {
            return Some((sign.to_string(), length + 2));
        }
        if *rare_left > 0 && length > 1 {
            *rare_left -= 1;
            if let Some(text) = rare(name) {
                return Some((text, length + 2));
            }
        }
    }
    let old = |name: &str| known(name).filter(|sign| u32::from(*sign) < 0x100 && *sign != '\'');
    (2..=length.min(8)).rev().find_map(|end| Some((old(&name[..end])?.to_string(), end + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_what_an_html_parser_says() {
        for name in LATIN.split_whitespace().chain(OTHERS.split_whitespace().step_by(2)) {
            assert_eq!(
                known(name).map(String::from),
                rare(name).or_else(|| (name == "amp").then(|| "&".to_owned())),
                "{name}"
            );
        }
        let read = |text: &str| reference(text, &mut 5);
        assert_eq!(read("&eacute; x"), Some(("é".to_owned(), 8)));
        assert_eq!(read("&copy2026"), Some(("©".to_owned(), 5)));
        assert_eq!(read("&#150;"), Some(("–".to_owned(), 6)));
        assert_eq!(read("&#x1F6A2;"), Some(("🚢".to_owned(), 9)));
        assert_eq!(read("&check;"), Some(("✓".to_owned(), 7)));
        for none in ["& b", "&;", "&#;", "&#xD800;", "&alpha", "&xnothing;"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
