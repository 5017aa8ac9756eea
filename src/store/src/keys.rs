//! API keys: made at random, kept as salted slow hashes (`spec/model.md` 18).
//!
//! Scrypt with N = 2^13, r = 8, p = 1: 8 MiB of memory per guess. Keys are random and long, so the hash need
//! only make a stolen file useless; the parameters stand in each hash and can be raised later.

use connect_rules_engine::value::Text;
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

/// The hash of a key: `scrypt$<log N>$<r>$<p>$<salt>$<hash>`, hexadecimal, with a salt of its own.
///
/// `None` only if the parameters were refused.
pub fn hash(key: &str) -> Option<Text> {
    let salt = uuid::Uuid::new_v4();
    let hash = derive(key, salt.as_bytes(), LOG_N, R, P)?;
    Some(Text::from(format!("scrypt${LOG_N}${R}${P}${}${}", hex(salt.as_bytes()), hex(&hash))))
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

fn hex(bytes: &[u8]) -> String {
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
    fn a_hash_matches_its_key_only_and_has_a_salt_of_its_own() {
        let key = new_key();
        let (one, two) = (hash(&key).unwrap(), hash(&key).unwrap());
        assert_ne!(one, two);
        assert!(matches(&key, &one) && matches(&key, &two));
        assert!(!matches(&new_key(), &one));
        assert!(!one.contains(&key) && start(&key).len() == 4);
        for odd in ["", "scrypt$13$8$1$zz$00", "plain", "scrypt$63$8$1$00$00"] {
            assert!(!matches(&key, odd), "{odd}");
        }
    }
}
