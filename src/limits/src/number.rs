//! Numbers of telephones (`spec/rate-limiting.md` 6.2).

/// A number without blanks and punctuation; one that is none as it was given, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number that is counted.
    pub text: String,
    /// Whether it is `+`, a digit from 1 to 9, and 1 to 14 more.
    pub valid: bool,
}

/// Normalises a number; `None` if there is nothing but blanks.
pub fn normalise(given: &str) -> Option<Number> {
    let trimmed = given.trim();
    if trimmed.is_empty() {
        return None;
    }
    let text: String = trimmed.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let valid = text.strip_prefix('+').is_some_and(|digits| {
        matches!(digits.len(), 2..=15)
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    });
    Some(Number { text: if valid { text } else { trimmed.to_owned() }, valid })
}

/// A number of which only the last four digits are shown.
pub fn mask(number: &str) -> String {
    let count = number.chars().count();
    let hide = count.saturating_sub(4);
    number.chars().enumerate().map(|(at, c)| if at < hide && c != '+' { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(given: &str) -> (String, bool) {
        let number = normalise(given).unwrap();
        (number.text, number.valid)
    }

    #[test]
    fn punctuation_goes_and_what_is_no_number_stays() {
        assert_eq!(text(" +1 (206) 555-01.00 "), ("+12065550100".to_owned(), true));
        for odd in ["anonymous", "+0123", "12065550100", "+1", "+1234567890123456", "+1 20x"] {
            assert_eq!(text(odd), (odd.to_owned(), false));
        }
        assert_eq!(normalise("  "), None);
    }

    #[test]
    fn four_digits_are_shown() {
        assert_eq!(mask("+12065550100"), "+*******0100");
        assert_eq!(mask("123"), "123");
    }
}
