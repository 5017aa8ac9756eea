//! Chance: the generator, seeds from names, and percentage splits (`spec/evaluator.md` 7.1,
//! `spec/testing.md` 5.2). Nothing here asks the operating system.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::value::{Text, Value};

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The `SplitMix64` generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A generator at the start of the sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator that has already given `outputs` numbers.
    pub fn resumed(seed: u64, outputs: u64) -> Self {
        Self { state: seed.wrapping_add(GAMMA.wrapping_mul(outputs)) }
    }

    /// The next output.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next output as a draw in [0,1) with 53 bits.
    pub fn next_draw(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// The seed of a text: the first 8 bytes of its SHA-256, big endian.
fn text_seed(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

/// Seed of the `number`-th simulated contact (from 1) of a run.
pub fn contact_seed(run_seed: u64, number: u64) -> u64 {
    text_seed(&format!("{run_seed}\ncontact\n{number}"))
}

/// Seed of a recorded test of a run.
pub fn test_seed(run_seed: u64, folder: &str, name: &str) -> u64 {
    text_seed(&format!("{run_seed}\n{folder}\n{name}"))
}

/// The draws of one contact: first those a request gave, then the generator.
#[derive(Clone, Debug)]
pub struct Draws {
    given: VecDeque<f64>,
    generator: SplitMix64,
    consumed: u64,
}

impl Draws {
    /// Draws from the start of a seed's sequence.
    pub fn new(seed: u64) -> Self {
        Self::resumed(seed, 0)
    }

    /// Draws of a contact that has used `consumed` outputs of its generator before.
    pub fn resumed(seed: u64, consumed: u64) -> Self {
        Self { given: VecDeque::new(), generator: SplitMix64::resumed(seed, consumed), consumed }
    }

    /// Adds draws (each in [0,1)) that are used before the generator.
    pub fn give(&mut self, draws: impl IntoIterator<Item = f64>) {
        self.given.extend(draws);
    }

    /// Forgets given draws that were not used.
    pub fn forget_given(&mut self) {
        self.given.clear();
    }

    /// The next draw, in [0,1).
    pub fn draw(&mut self) -> f64 {
        self.given.pop_front().unwrap_or_else(|| {
            self.consumed += 1;
            self.generator.next_draw()
        })
    }

    /// How many outputs of the generator were used, those of the contact id included.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// A UUID v4 made of the next two outputs of the generator; given draws stay.
    pub fn uuid(&mut self) -> Uuid {
        let high = self.generator.next_u64();
        let low = self.generator.next_u64();
        self.consumed += 2;
        let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// The id of a contact of the headless API, made of the first two outputs.
    pub fn api_contact_id(&mut self) -> Text {
        Text::from(format!("api-{}", self.uuid()))
    }

    /// The id of an interactive contact, made of the first two outputs.
    pub fn contact_id(&mut self) -> Text {
        Text::from(format!("interactive-{}", self.uuid()))
    }
}

/// Why a Distribution rule cannot choose (`spec/evaluator.md` 7.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// `optionCount` is absent.
    #[error("Invalid Distribution configuration detected, missing: undefined")]
    NoOptionCount,
    /// An option lacks its rule set or its percentage, or the percentage is no number.
    #[error("Invalid Distribution configuration detected for option: {0}")]
    Option(u32),
    /// The percentages sum to more than 100.
    #[error("Invalid Distribution configuration detected, total probablity exceeds 100%")]
    Above100,
    /// The percentages sum to less than 100 and there is no default.
    #[error("Invalid Distribution configuration detected, no default rule set name provided")]
    NoDefault,
}

/// What a Distribution rule chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Position of the option; `None` is the default.
    pub option: Option<usize>,
    /// The rule set to go to.
    pub rule_set: Value,
}

/// The rule set a Distribution rule chooses.
///
/// `param` gives the rule's params by name (`optionCount`, `ruleSetName0` …); `draw` is asked once, when the
/// configuration is good. Percentages are summed as decimals, so that 70, 20 and 10 make exactly 100.
pub fn distribute(
    param: impl Fn(&str) -> Value,
    draw: impl FnOnce() -> f64,
) -> Result<Chosen, DistributionError> {
    let count = param("optionCount");
    if matches!(count, Value::Undefined) {
        return Err(DistributionError::NoOptionCount);
    }
    let count = count.num();
    let mut options: Vec<(Value, f64)> = Vec::new();
    let mut percents: Vec<f64> = Vec::new();
    let mut index = 0_u32;
    while f64::from(index) < count {
        let name = param(&format!("ruleSetName{index}"));
        let percent = param(&format!("percentage{index}"));
        let number = percent.num();
        if matches!(name, Value::Undefined) || matches!(percent, Value::Undefined) || !number.is_finite() {
            return Err(DistributionError::Option(index));
        }
        options.push((name, number / 100.0));
        percents.push(number);
        index += 1;
    }
    let sum: f64 = options.iter().map(|(_, weight)| weight).sum();
    let mut total = 1.0;
    match percent_sum(&percents).partial_cmp(&100.0) {
        Some(std::cmp::Ordering::Equal) => {}
        Some(std::cmp::Ordering::Greater) => return Err(DistributionError::Above100),
        _ => {
            let default = param("defaultRuleSetName");
            if matches!(default, Value::Undefined) {
                return Err(DistributionError::NoDefault);
            }
            options.push((default, 1.0 - sum));
            total = sum + (1.0 - sum);
        }
    }
    let mut key = draw() * total;
    let drawn = options.iter().position(|(_, weight)| {
        key -= weight;
        key < 0.0
    });
    // Rounding can leave a key of 0 behind the last option.
    let at = drawn
        .or_else(|| options.iter().rposition(|(_, weight)| *weight > 0.0))
        .ok_or(DistributionError::NoDefault)?;
    let option = Some(at).filter(|at| *at < percents.len());
    Ok(Chosen { option, rule_set: options.swap_remove(at).0 })
}

/// The sum of percentages, exact for up to 20 decimal places; else the sum of the doubles.
pub(crate) fn percent_sum(percents: &[f64]) -> f64 {
    const PLACES: u32 = 20;
    let scaled = |percent: &f64| -> Option<i128> {
        let text = percent.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let places = u32::try_from(fraction.len()).ok().filter(|n| *n <= PLACES)?;
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        digits.checked_mul(10_i128.pow(PLACES - places))
    };
    let sum = percents.iter().try_fold(0_i128, |sum, p| sum.checked_add(scaled(p)?));
    match sum {
        // Far from 100 the quotient need not be exact, at 100 it is.
        Some(sum) => match sum.cmp(&(100 * 10_i128.pow(PLACES))) {
            std::cmp::Ordering::Less => (sum as f64 / 1e20).min(100.0_f64.next_down()),
            std::cmp::Ordering::Equal => 100.0,
            std::cmp::Ordering::Greater => (sum as f64 / 1e20).max(100.0_f64.next_up()),
        },
        None => percents.iter().sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    fn choose(percents: &[&str], default: Option<&str>, draw: f64) -> Result<Value, DistributionError> {
        distribute(
            |name| {
                if name == "optionCount" {
                    return Value::from(percents.len().to_string());
                }
                if name == "defaultRuleSetName" {
                    return default.map_or(Value::Undefined, Value::from);
                }
                let at = |prefix: &str| name.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok());
                if let Some(i) = at("percentage") {
                    percents.get(i).map_or(Value::Undefined, |p| Value::from(*p))
                } else {
                    at("ruleSetName").map_or(Value::Undefined, |i| format!("r{i}").into())
                }
            },
            || draw,
        )
        .map(|chosen| chosen.rule_set)
    }

    #[test]
    fn generator_is_the_published_one() {
        let mut generator = SplitMix64::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| generator.next_u64()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        let mut resumed = SplitMix64::resumed(1_234_567, 2);
        assert_eq!(resumed.next_u64(), first[2]);
    }

    #[test]
    fn given_draws_come_first_and_are_not_counted() {
        let mut draws = Draws::new(5);
        let id = draws.contact_id();
        assert!(id.starts_with("interactive-") && id.as_bytes()[26] == b'4', "{id}");
        assert_eq!(draws.consumed(), 2);
        draws.give([0.25]);
        assert_eq!(draws.draw(), 0.25);
        assert_eq!(draws.consumed(), 2);
        let next = draws.draw();
        assert!((0.0..1.0).contains(&next));
        assert_eq!(Draws::resumed(5, 2).draw(), next);
    }

    #[test]
    fn seeds_differ_by_every_part() {
        // printf '0\ncontact\n1' | sha256sum
        assert_eq!(contact_seed(0, 1), SEED_OF_FIRST);
        let seeds = [
            contact_seed(0, 1),
            contact_seed(0, 2),
            contact_seed(1, 1),
            test_seed(0, "/", "a"),
            test_seed(0, "/a", "a"),
        ];
        for (i, a) in seeds.iter().enumerate() {
            assert!(seeds[i + 1..].iter().all(|b| a != b));
        }
    }
    const SEED_OF_FIRST: u64 = 0xe176_5708_99e0_3e7e;

    #[test]
    fn splits() {
        for (draw, want) in [(0.0, "r0"), (0.3, "r1"), (0.799_999, "r1"), (0.8, "d"), (0.999, "d")] {
            assert_eq!(choose(&["30", "50"], Some("d"), draw), Ok(want.into()), "{draw}");
        }
        // Sums of exactly 100 whose doubles are above or below 1.
        assert_eq!(choose(&["5", "55", "30", "10"], None, 0.999_999), Ok("r3".into()));
        assert_eq!(choose(&["33", "56", "11"], None, 0.0), Ok("r0".into()));
        assert_eq!(choose(&["70", "20", "10"], None, 0.999_999_999_999_999_9), Ok("r2".into()));
        assert_eq!(choose(&["60", "40.000001"], Some("d"), 0.0), Err(DistributionError::Above100));
        assert_eq!(choose(&["x"], Some("d"), 0.0), Err(DistributionError::Option(0)));
        assert_eq!(choose(&["60"], None, 0.0), Err(DistributionError::NoDefault));
    }

    /// Whether the percentages of a rule's state make exactly 100, in thousandths.
    fn sums_to_100(state: &Value) -> bool {
        let options = state.member("CurrentRule_optionCount").num() as usize;
        let thousandths = |i| (state.member(&format!("CurrentRule_percentage{i}")).num() * 1000.0).round();
        (0..options).map(thousandths).sum::<f64>() == 100_000.0
    }

    #[test]
    fn golden_distribution() {
        golden::each("distribution", |record| {
            let state = record.member("state");
            let got = distribute(
                |name| state.member(&format!("CurrentRule_{name}")),
                || record.member("draw").num(),
            );
            let error = record.member("error");
            match got {
                Ok(chosen) if error.is_nil() => golden::same(&chosen.rule_set, &record.member("result")),
                // Q55: percentages that make exactly 100, where the original's doubles do not.
                Ok(_) if sums_to_100(&state) => Ok(()),
                Ok(chosen) => Err(format!("got {}", chosen.rule_set)),
                Err(_) if error.member("kind") == Value::from("internal") => Ok(()),
                Err(e) => golden::same(&e.to_string().into(), &error.member("message")),
            }
        });
    }
}
