//! Forms of Unicode, and letters without their accents.

use pipewright_engine::formula::patterns::UnicodeForm;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

pub(super) fn normalize(text: &str, form: UnicodeForm) -> String {
    match form {
        UnicodeForm::Nfc => text.nfc().collect(),
        UnicodeForm::Nfd => text.nfd().collect(),
        UnicodeForm::Nfkc => text.nfkc().collect(),
        UnicodeForm::Nfkd => text.nfkd().collect(),
    }
}

/// Latin and Greek letters without their accents. In other scripts what looks like an accent often makes another letter.
pub(super) fn unaccent(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !is_accent(*letter)) {
        let base = if letter.is_ascii() { letter } else { without_accents(letter) };
        match in_basic_latin(base) {
            Some(folded) => result.push_str(folded),
            None => result.push(base),
        }
    }
    result
}

fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn without_accents(letter: char) -> char {
    let mut parts = Vec::new();
    decompose_canonical(letter, |part| parts.push(part));
    match parts.as_slice() {
        [base, marks @ ..] if !marks.is_empty() && marks.iter().all(|mark| is_accent(*mark)) => {
            let is_changed = is_latin_or_greek(*base) || matches!(letter, 'Ё' | 'ё');
            if is_changed { *base } else { letter }
        }
        _ => letter,
    }
}

fn is_latin_or_greek(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || matches!(letter, '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2af}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}')
}

/// Letters that have no accent but are written otherwise in basic Latin.
fn in_basic_latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'Æ' => "AE",
        'æ' => "ae",
        'Œ' => "OE",
        'œ' => "oe",
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ß' => "ss",
        'ẞ' => "SS",
        'Þ' => "TH",
        'þ' => "th",
        'Ð' | 'Đ' => "D",
        'ð' | 'đ' => "d",
        'Ø' => "O",
        'ø' => "o",
        'Ħ' => "H",
        'ħ' => "h",
        'ı' => "i",
        'Ŀ' | 'Ł' => "L",
        'ŀ' | 'ł' => "l",
        'ŉ' => "'n",
        'Ŋ' => "N",
        'ŋ' => "n",
        'Ŧ' => "T",
        'ŧ' => "t",
        'ſ' => "s",
        'ƒ' => "f",
        'Ǆ' | 'Ǳ' => "DZ",
        'ǅ' | 'ǲ' => "Dz",
        'ǆ' | 'ǳ' => "dz",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => return None,
    })
}
