//! API keys: made at random, kept as salted slow hashes (`spec/model.md` 18).
//!
//! Scrypt with N = 2^13, r = 8, p = 1: 8 MiB of memory per guess. Keys are random and long, so the hash need
//! only make a stolen file useless; the parameters stand in each hash and can be raised later.

use connect_rules_engine::value::Text;
use jiff::Timestamp;
use scrypt::Params;

const LOG_N: u8 = 13;
const R: u32 = 8;
const P: u32 = 1;
const LENGTH: usize = 32;

/// Characters of a key that are kept for display.
pub const SHOWN: usize = 4;

/// Shortest key a person may choose.
pub const SHORTEST: usize = 36;

/// A new key; shown once, never stored.
pub fn new_key() -> String {
    uuid::Uuid::new_v4().hyphenated().to_string()
}

/// The first characters of a key, for display.
pub fn start(key: &str) -> Text {
    Text::from(key.chars().take(SHOWN).collect::<String>())
}

/// The end of a day that a key may be used on, `YYYY-MM-DD` in UTC; `None` for other texts.
pub fn day(text: &str) -> Option<Timestamp> {
    let date = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten()?;
    Some(date.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// What is known about the use of a user's key, apart from the model: it moves no change mark and is no part
/// of undo (`spec/admin.md` 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// Identifier of the user; empty for keys that nobody has.
    pub user: Text,
    /// When the key was last accepted: UTC, `YYYY-MM-DDTHH:mm:ssZ`, to the minute; empty for never.
    pub last_used: Text,
    /// Refusals since then.
    pub failures: u32,
    /// When the last of them was, in the form of `last_used`.
    pub last_failure: Text,
}

/// Refusals that cost no waiting.
const FREE: u32 = 5;

/// Longest wait in seconds.
const LONGEST: i64 = 300;

impl Login {
    /// Until when no key is looked at, after failures: a second after the fifth, twice as long after each
    /// further one, five minutes at most.
    pub fn closed_until(&self) -> Option<Timestamp> {
        let more = self.failures.checked_sub(FREE)?;
        let seconds = 1_i64.checked_shl(more.min(16)).map_or(LONGEST, |wait| wait.min(LONGEST));
        let last = self.last_failure.parse::<Timestamp>().ok()?;
        last.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
    }

    /// The login after an attempt at that time.
    #[must_use]
    pub fn after(self, accepted: bool, at: Timestamp) -> Self {
        let text = Text::from(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        if accepted {
            return Login { last_used: text, failures: 0, last_failure: Text::default(), ..self };
        }
        Login { failures: self.failures.saturating_add(1), last_failure: text, ..self }
    }

    /// Whether an accepted key at that time says more than is known already.
    pub fn is_news(&self, at: Timestamp) -> bool {
        let known = self.last_used.parse::<Timestamp>();
        self.failures > 0 || known.map_or(true, |known| at.duration_since(known).as_secs() >= 60)
    }
}

/// The hash of a key: `scrypt$<log N>$<r>$<p>$<salt>$<hash>`, hexadecimal, with a salt of its own.
///
/// `None` only if the parameters were refused.
pub fn hash(key: &str) -> Option<Text> {
    let salt = uuid::Uuid::new_v4();
    let hash = derive(key, salt.as_bytes(), LOG_N, R, P)?;
    Some(Text::from(format!("scrypt${LOG_N}${R}${P}${}${}", hex(salt.as_bytes()), hex(&hash))))
}

/// A hash that [`matches()`] knows, always the same for one key and salt, and quick: for keys that are stored in
/// clear next to it anyway, as in tables that the original shares.
///
/// `None` only if the parameters were refused.
pub fn quick_hash(key: &str, salt: &str) -> Option<Text> {
    let hash = derive(key, salt.as_bytes(), 1, 1, 1)?;
    Some(Text::from(format!("scrypt$1$1$1${}${}", hex(salt.as_bytes()), hex(&hash))))
}

/// Whether the key is the one that was hashed. Texts of another form match no key.
pub fn matches(key: &str, hash: &str) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    let ["scrypt", log_n, r, p, salt, want] = parts[..] else { return false };
    let (Ok(log_n), Ok(r), Ok(p)) = (log_n.parse::<u8>(), r.parse(), p.parse()) else { return false };
    let (Some(salt), Some(want)) = (unhex(salt), unhex(want)) else { return false };
    if log_n > 20 {
        return false;
    }
    let Some(got) = derive(key, &salt, log_n, r, p) else { return false };
    // Every byte is compared, so the time does not tell how many agree.
    got.len() == want.len() && got.iter().zip(&want).fold(0, |acc, (a, b)| acc | (a ^ b)) == 0
}

fn derive(key: &str, salt: &[u8], log_n: u8, r: u32, p: u32) -> Option<[u8; LENGTH]> {
    let mut out = [0; LENGTH];
    let params = Params::new(log_n, r, p, LENGTH).ok()?;
    scrypt::scrypt(key.as_bytes(), salt, &params, &mut out).ok()?;
    Some(out)
}

/// Bytes as text, two digits each.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_from_the_fifth_failure_on() {
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let waits = |failures| {
            let login = (0..failures).fold(Login::default(), |login, _| login.after(false, at));
            login.closed_until().map(|until| until.duration_since(at).as_secs())
        };
        assert_eq!(
            [4, 5, 6, 8, 13, 14, 1000].map(waits),
            [None, Some(1), Some(2), Some(8), Some(256), Some(300), Some(300)]
        );
        let login = Login::default().after(false, at).after(true, at);
        assert_eq!((login.failures, &*login.last_used), (0, "2026-01-02T03:04:05Z"));
        assert!(!login.is_news(at) && login.is_news(at + jiff::SignedDuration::from_secs(60)));
    }

    #[test]
    fn a_key_works_to_the_end_of_its_last_day() {
        assert_eq!(day("2026-02-28").unwrap().to_string(), "2026-03-01T00:00:00Z");
        for odd in ["", "2026-02-29", "2026-2-28", "20260228", "2026-02-28T00:00:00"] {
            assert_eq!(day(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_hash_matches_its_key_only_and_has_a_salt_of_its_own() {
        let key = new_key();
        let (one, two) = (hash(&key).unwrap(), hash(&key).unwrap());
        assert_ne!(one, two);
        assert!(matches(&key, &one) && matches(&key, &two));
        assert!(!matches(&new_key(), &one));
        let quick = quick_hash(&key, "id").unwrap();
        assert_eq!(Some(&quick), quick_hash(&key, "id").as_ref());
        assert!(matches(&key, &quick) && !matches(&new_key(), &quick) && !quick.contains(&key));
        assert!(!one.contains(&key) && start(&key).len() == 4);
        for odd in ["", "scrypt$13$8$1$zz$00", "plain", "scrypt$63$8$1$00$00"] {
            assert!(!matches(&key, odd), "{odd}");
        }
    }
}
