//! Knows the names of the months in many languages, by their first letters.
//!
//! Beginnings are enough: they serve short and inflected forms alike ("nov", "ноября"). Where two
//! months fit, the longer beginning wins. The Levantine month names of two words are left out.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Beginnings of the names, January to December, lower case, parted by spaces.
const MONTHS: [&str; 12] = [
    "jan ene gen janv led styc sij siec oca январ янв січ студзен ιαν يناير ינואר जनवरी জানুয়ারি \
     มกราคม ม.ค. ژانویه tammi gener ian sau ജനുവരി ஜனவரி జనవరి",
    "feb fév fev úno unor lut şub sub velj феврал фев лют φεβ فبراير פברואר फ़रवरी फरवरी ফেব্রুয়ারি \
     กุมภาพันธ์ ก.พ. شباط فوریه helmi febr vas பிப்ரவரி ఫిబ్రవరి",
    "mar mär maer břez brez ožu märz març марта март мар берез сакавік μαρ μάρ مارس מרץ मार्च মার্চ \
     มีนาคม มี.ค. آذار maalis maa már kov மார்ச் మార్చి mrt maart",
    "apr avr abr dub kwie tra nis апрел апр квіт красавік απρ أبريل ابريل אפריל अप्रैल এপ্রিল เมษายน \
     เม.ย. نيسان آوریل huhti ápr bal ஏப்ரல் ఏప్రిల్",
    "may mai mag kvě kve maj svi мая май трав травен μαΐ μάι μαι مايو מאי मई মে พฤษภาคม พ.ค. أيار مه \
     touko máj geg மே మే mei maí",
    "jun jui giu červn czerw lip haz июн черв чэрвен ιουν ιούν يونيو יוני जून জুন มิถุนายน มิ.ย. \
     حزيران ژوئن kesä jún birž ஜூன் జూన్ juin juni",
    "jul juil lug červenc lipc srp tem июл лип ліпен ιουλ ιούλ يوليو יולי जुलाई জুলাই กรกฎาคม ก.ค. \
     تموز ژوئیه heinä júl liep ஜூலை జులై",
    "aug ago aoû aou srpn sier kol ağu agu август авг серп жнівен αυγ αύγ أغسطس אוגוסט अगस्त আগস্ট \
     สิงหาคม ส.ค. آب اوت elo rugp ஆகஸ்ட் ఆగస్టు ágú",
    "sep set zář zar wrz ruj eyl сентябр сен верес σεπ سبتمبر ספטמבר सितंबर সেপ্টেম্বর กันยายน ก.ย. \
     أيلول سپتامبر syys szept rugs செப்டம்பர் సెప్టెంబర్",
    "oct okt ott out říj rij paź paz list eki октябр окт жовт кастрычнік οκτ أكتوبر אוקטובר अक्टूबर \
     অক্টোবর ตุลาคม ต.ค. اکتبر loka spal அக்டோபர் అక్టోబర్",
    "nov lis stu kas ноябр ноя листоп лістапад νοε νοέ نوفمبر נובמבר नवंबर নভেম্বর พฤศจิกายน พ.ย. \
     نوامبر marras lapkr நவம்பர் నవంబర్ nóv",
    "dec dez déc dic pros gru ara декабр дек груд снеж δεκ ديسمبر דצמבר दिसंबर ডিসেম্বর ธันวาคม ธ.ค. \
     دسامبر joulu gruod டிசம்பர் డిసెంబర్ des",
];

/// The beginnings by their first letter, since every word of a line with a number is looked up.
static BY_FIRST: LazyLock<HashMap<char, Vec<(i8, &str)>>> = LazyLock::new(|| {
    let mut by_first: HashMap<char, Vec<(i8, &str)>> = HashMap::new();
    for (number, names) in (1i8..).zip(MONTHS) {
        for name in names.split_ascii_whitespace() {
            by_first.entry(name.chars().next().expect("no part is empty")).or_default().push((number, name));
        }
    }
    by_first
});

/// The month that a word names, 1 to 12.
pub(super) fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    if word.is_ascii() && word.len() < 3 {
        return None;
    }
    let mut best: Option<(i8, usize)> = None;
    let first = word.chars().next()?;
    for &(number, name) in BY_FIRST.get(&first).into_iter().flatten() {
        if word.starts_with(name) && best.is_none_or(|(_, length)| name.len() > length) {
            best = Some((number, name.len()));
        }
    }
    // A longer word only begins like a month.
    best.filter(|(_, length)| word.len() <= length + 8).map(|(number, _)| number)
}
