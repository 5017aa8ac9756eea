//! The lines between two columns: each target has one upright line that gathers all that lead to it.
//!
//! Lines of different targets may cross but never run along each other, so every line leads to one target.

use rustc_hash::FxHashMap;

/// All lines between two columns that lead to one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    /// Row of the target.
    pub target: i32,
    /// Row of each source, with its item and the number of its out.
    pub sources: Vec<Source>,
    /// The upright line, from the left; none if the only source is in the row of the target.
    pub track: Option<u32>,
}

/// Where a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Row.
    pub row: i32,
    /// Item.
    pub item: u32,
    /// Number of the out of that item.
    pub out: u32,
}

impl Net {
    /// The rows of the upright line.
    pub fn span(&self) -> (i32, i32) {
        let rows = self.sources.iter().map(|source| source.row);
        rows.fold((self.target, self.target), |(low, high), row| (low.min(row), high.max(row)))
    }

    fn is_straight(&self) -> bool {
        self.sources.iter().all(|source| source.row == self.target)
    }
}

/// Gives every net its track and answers how many there are and the sources that could not be joined: those
/// that would have to run along another line whatever the order of the tracks.
pub fn tracks(nets: &mut [Net]) -> (u32, Vec<Source>) {
    let by_row: FxHashMap<i32, usize> = nets.iter().enumerate().map(|(at, net)| (net.target, at)).collect();
    let mut broken = Vec::new();
    let mut waiting: Vec<usize> = (0..nets.len()).filter(|at| !nets[*at].is_straight()).collect();
    waiting.sort_by_key(|at| nets[*at].span());
    // A net whose source is in the row of another's target has to turn off further left.
    let mut before = vec![0_usize; nets.len()];
    let behind = |nets: &[Net], at: usize| -> Vec<usize> {
        let rows = nets[at].sources.iter().map(|source| source.row);
        rows.filter_map(|row| by_row.get(&row).copied()).filter(|other| *other != at).collect()
    };
    for at in &waiting {
        for other in behind(nets, *at) {
            before[other] += 1;
        }
    }
    let mut track = 0;
    while !waiting.is_empty() {
        let mut end = i32::MIN;
        let mut placed = Vec::new();
        waiting.retain(|at| {
            let (low, high) = nets[*at].span();
            let fits = before[*at] == 0 && (end == i32::MIN || low > end);
            if fits {
                end = high;
                placed.push(*at);
            }
            !fits
        });
        if placed.is_empty() {
            // They wait for each other: the one that waits for least goes first, without what it waits for.
            let Some(first) = waiting.iter().copied().min_by_key(|at| (before[*at], *at)) else { break };
            let row = nets[first].target;
            for at in &waiting {
                if *at != first {
                    broken.extend(nets[*at].sources.iter().filter(|source| source.row == row));
                    nets[*at].sources.retain(|source| source.row != row);
                }
            }
            before[first] = 0;
            waiting.retain(|at| {
                !nets[*at].is_straight() || {
                    for other in behind(nets, *at) {
                        before[other] = before[other].saturating_sub(1);
                    }
                    false
                }
            });
            continue;
        }
        for at in placed {
            nets[at].track = Some(track);
            for other in behind(nets, at) {
                before[other] = before[other].saturating_sub(1);
            }
        }
        track += 1;
    }
    (track, broken)
}
