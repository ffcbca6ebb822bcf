//! The decimal digits of all scripts that news are written in.

/// The noughts of the scripts, ascending; nine further digits follow each of them.
const ZEROS: [u32; 15] = [
    0x30,   // ASCII
    0x660,  // Arabic
    0x6F0,  // Persian, Urdu
    0x966,  // Devanagari
    0x9E6,  // Bengali
    0xA66,  // Gurmukhi
    0xAE6,  // Gujarati
    0xB66,  // Oriya
    0xBE6,  // Tamil
    0xC66,  // Telugu
    0xCE6,  // Kannada
    0xE50,  // Thai
    0x1040, // Burmese
    0x17E0, // Khmer
    0xFF10, // full width
];

/// The value of a decimal digit of any script.
pub fn digit(sign: char) -> Option<u32> {
    let code = u32::from(sign);
    if code < 0x660 {
        return sign.to_digit(10);
    }
    let below = ZEROS.partition_point(|zero| *zero <= code);
    ZEROS[..below].last().map(|zero| code - zero).filter(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use super::digit;

    #[test]
    fn a_digit_has_its_value_in_every_script() {
        for digits in [
            "0123456789",
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "०१२३४५६७८९",
            "০১২৩৪৫৬৭৮৯",
            "๐๑๒๓๔๕๖๗๘๙",
            "០១២៣៤៥៦៧៨៩",
            "０１２３４５６７８９",
        ] {
            let values: Vec<u32> = digits.chars().filter_map(digit).collect();
            assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "{digits}");
        }
        for sign in ['a', '/', ':', '二', '½', '²', '\u{65f}', '\u{66a}', '\u{0}', '\u{10ffff}'] {
            assert_eq!(digit(sign), None, "{sign:?}");
        }
    }
}
