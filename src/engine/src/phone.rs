//! Phone numbers: spoken digits to a number, and the mobile test (`spec/evaluator.md` 9.3 and 2.3).

use crate::value::{Value, is_blank, text_number, utf16_len};

/// What a spoken word stands for; `None` for words that are kept as they are.
fn digits(word: &str) -> Option<&'static str> {
    Some(match word {
        "plus" => "+",
        "oh" | "ohh" | "zero" => "0",
        "one" => "1",
        "two" | "twenty" => "2",
        "three" | "thirty" => "3",
        // "fourty" as in the original; the right spelling stays a word.
        "four" | "fourty" => "4",
        "five" | "fifty" => "5",
        "six" | "sixty" => "6",
        "seven" | "seventy" => "7",
        "eight" | "eighty" => "8",
        "nine" | "ninety" => "9",
        "hundred" => "00",
        "thousand" => "000",
        "and" | "um" | "umm" | "er" | "err" | "ah" | "ahh" => "",
        _ => return None,
    })
}

/// Spoken digits as a number: `oh four double one` is `0411`. Text that is no number stays as it is;
/// empty text gives `None`.
pub fn expand_phone_number(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let lower = text.to_lowercase();
    let mut changed = false;
    let mut words: Vec<&str> = Vec::new();
    let mut rest = lower.as_str();
    loop {
        let end = rest.find(is_blank).unwrap_or(rest.len());
        let word = &rest[..end];
        // A leading "eight" is a misheard "oh".
        let word = if words.is_empty() && word == "eight" { "oh" } else { word };
        let mapped = digits(word);
        changed |= mapped.is_some();
        words.push(mapped.unwrap_or(word));
        if end == rest.len() {
            break;
        }
        rest = rest[end..].trim_start_matches(is_blank);
    }
    let mut joined = String::with_capacity(lower.len());
    let mut at = 0;
    while at < words.len() {
        let times = match words[at] {
            "double" => 2,
            "triple" => 3,
            _ => 1,
        };
        match words.get(at + 1) {
            Some(next) if times > 1 => {
                if text_number(next).is_some() {
                    joined.push_str(&next.repeat(times));
                    changed = true;
                    at += 1;
                }
            }
            _ => joined.push_str(words[at]),
        }
        at += 1;
    }
    Some(if changed && text_number(&joined).is_some() { joined } else { text.to_owned() })
}

/// Whether a value is an Australian mobile number: starts with `+614`, or starts with `04` and is 10 long.
/// Values that are no text are not.
pub fn is_mobile(value: &Value) -> bool {
    value.as_str().is_some_and(|s| s.starts_with("+614") || (s.starts_with("04") && utf16_len(s) == 10))
}

/// Whether a value is certainly no mobile number: no text, or text that starts with neither `+614` nor `04`.
pub fn is_not_mobile(value: &Value) -> bool {
    value.as_str().is_none_or(|s| !s.starts_with("+614") && !s.starts_with("04"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn spoken_numbers() {
        for (said, number) in [
            ("oh four double one um three six err two four triple double four", "0411362444"),
            ("eight four double five", "0455"),
            ("Plus sixty one double two seven triple five double eight", "+6122755588"),
            ("one three hundred", "1300"),
            ("double 22", "2222"),
            ("double um five", "5"),
            ("O four", "O four"),
            ("five double", "five double"),
        ] {
            assert_eq!(expand_phone_number(said).as_deref(), Some(number), "{said}");
        }
        assert_eq!(expand_phone_number(""), None);
    }

    #[test]
    fn mobiles() {
        let check = |v: Value| (is_mobile(&v), is_not_mobile(&v));
        assert_eq!(check("0412345678".into()), (true, false));
        assert_eq!(check("+614".into()), (true, false));
        assert_eq!(check("04123".into()), (false, false));
        assert_eq!(check("0298765432".into()), (false, true));
        assert_eq!(check(Value::Undefined), (false, true));
        assert_eq!(check(Value::Number(4.0)), (false, true));
    }

    #[test]
    fn golden_expand_phone() {
        golden::each("expand-phone", |record| {
            let got =
                expand_phone_number(&golden::text(record, "input")).map_or(Value::Undefined, Value::from);
            golden::same(&got, &record.member("result"))
        });
    }
}
