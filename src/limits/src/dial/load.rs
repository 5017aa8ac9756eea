//! Made-up calls: so many agents that dial so often for so long.

use connect_rules_engine::value::Text;

use super::script::{Dial, How};
use crate::world::next;

/// Most calls that are made up.
pub const MOST: usize = 1_000_000;

/// What is dialled.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Agents.
    pub agents: u32,
    /// Calls of each agent in a minute.
    pub per_minute: f64,
    /// Whether calls come by chance with that rate (Poisson) instead of evenly.
    pub poisson: bool,
    /// Customer numbers.
    pub customers: u32,
    /// Caller IDs; agents share them in turn.
    pub systems: u32,
    /// Share of calls, 0 to 1, that go to the number that the agent called last.
    pub repeats: f64,
    /// Share of calls, 0 to 1, that are callbacks.
    pub callbacks: f64,
    /// How long agents dial, in seconds.
    pub seconds: u32,
    /// Chance follows from it.
    pub seed: u64,
}

impl Default for Load {
    fn default() -> Self {
        Load {
            agents: 5,
            per_minute: 2.0,
            poisson: true,
            customers: 20,
            systems: 2,
            repeats: 0.3,
            callbacks: 0.0,
            seconds: 600,
            seed: 1,
        }
    }
}

/// A share of 0 to 1, and the seed after it.
pub(crate) fn share(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    (next(*seed) >> 11) as f64 / (1_u64 << 53) as f64
}

impl Load {
    /// The calls in order of their times, at most [`MOST`].
    pub fn calls(&self) -> Vec<Dial> {
        let end = f64::from(self.seconds) * 1000.0;
        let pause = 60_000.0 / self.per_minute.max(1e-6);
        let mut out = Vec::new();
        for agent in 0..self.agents {
            let mut seed = next(self.seed ^ (u64::from(agent) << 32));
            let mut last = None;
            // Agents begin at different moments.
            let mut t = pause * share(&mut seed);
            while t < end && out.len() < MOST {
                let again = share(&mut seed) < self.repeats;
                let pick = (share(&mut seed) * f64::from(self.customers.max(1))) as u32;
                let customer = last.filter(|_| again).unwrap_or(pick);
                last = Some(customer);
                let callback = share(&mut seed) < self.callbacks;
                out.push(Dial {
                    t_ms: t as i64,
                    agent: Text::from(format!("agent-{}", agent + 1)),
                    customer: Text::from(format!("+1206555{customer:04}")),
                    system: Text::from(format!("+1800555{:04}", agent % self.systems.max(1))),
                    how: if callback { How::Callback } else { How::Direct },
                    ..Dial::default()
                });
                let chance = share(&mut seed);
                t += if self.poisson { -pause * (1.0 - chance).ln() } else { pause };
            }
        }
        out.sort_by(|a, b| a.t_ms.cmp(&b.t_ms).then_with(|| a.agent.cmp(&b.agent)));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_calls_and_another_others() {
        let load = Load::default();
        assert_eq!(load.calls(), load.calls());
        assert_ne!(load.calls(), Load { seed: 2, ..load.clone() }.calls());
    }

    #[test]
    fn the_rate_is_what_was_asked_for() {
        for poisson in [false, true] {
            let load = Load { agents: 10, per_minute: 6.0, seconds: 3_600, poisson, ..Load::default() };
            let count = load.calls().len() as f64;
            assert!((count / 3_600.0 - 1.0).abs() < 0.1, "{poisson}: {count}");
        }
    }
}
