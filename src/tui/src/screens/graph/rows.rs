//! The row of every item of a drawing: as straight as the lines can be without changing any order.

use super::layers::Layers;

/// How often rows are moved towards what they are joined to.
const SWEEPS: usize = 5;

/// The first row of every item, from 0. Items of a column keep their order and never overlap.
pub fn rows(layers: &Layers) -> Vec<i32> {
    let mut tops = vec![0_i32; layers.items.len()];
    let mut ins: Vec<Vec<(u32, u32)>> = vec![Vec::new(); layers.items.len()];
    for (from, item) in layers.items.iter().enumerate() {
        for (number, out) in item.outs.iter().enumerate() {
            if let Some(to) = out.to {
                ins[to as usize].push((from as u32, number as u32));
            }
        }
    }
    let offsets: Vec<Vec<i32>> = layers.order.iter().map(|order| offsets(layers, order)).collect();
    for (order, offsets) in layers.order.iter().zip(&offsets) {
        for (item, offset) in order.iter().zip(offsets) {
            tops[*item as usize] = *offset;
        }
    }
    let columns = layers.order.len();
    for sweep in 0..SWEEPS {
        let rightwards = sweep % 2 == 0;
        for step in 0..columns {
            let column = if rightwards { step } else { columns - 1 - step };
            let (order, offsets) = (&layers.order[column], &offsets[column]);
            let wanted = order.iter().zip(offsets).map(|(item, offset)| {
                let mut rows: Vec<i32> = if rightwards {
                    let from = ins[*item as usize].iter();
                    from.map(|(item, number)| tops[*item as usize] + *number as i32).collect()
                } else {
                    let outs = layers.items[*item as usize].outs.iter().enumerate();
                    outs.filter_map(|(number, out)| Some(tops[out.to? as usize] - number as i32)).collect()
                };
                if rows.is_empty() {
                    rows.push(tops[*item as usize]);
                }
                rows.sort_unstable();
                rows[(rows.len() - 1) / 2] - offset
            });
            let moved = monotone(wanted);
            for ((item, offset), moved) in order.iter().zip(offsets).zip(moved) {
                tops[*item as usize] = moved + offset;
            }
        }
    }
    squeeze(layers, &mut tops);
    tops
}

/// Moves everything up as far as there are rows in which nothing stands; one of several such rows stays.
fn squeeze(layers: &Layers, tops: &mut [i32]) {
    let height = |item: usize| layers.items[item].outs.len().max(1) as i32;
    let mut taken: Vec<(i32, i32)> =
        tops.iter().enumerate().map(|(item, top)| (*top, *top + height(item))).collect();
    taken.sort_unstable();
    // Where each used stretch begins, and by how much it moves.
    let mut moves: Vec<(i32, i32)> = Vec::new();
    let (mut end, mut up) = (None, 0);
    for (top, bottom) in taken {
        let free = end.map_or(top, |end| top - end - 1);
        if free > 0 || end.is_none() {
            up += free;
            moves.push((top, up));
        }
        end = Some(end.map_or(bottom, |end: i32| end.max(bottom)));
    }
    for top in tops {
        let at = moves.partition_point(|(from, _)| from <= top);
        *top -= moves.get(at.wrapping_sub(1)).map_or(0, |(_, up)| *up);
    }
}

/// The rows of a column if everything stood as close as it can: a free row beside nodes of several rows.
fn offsets(layers: &Layers, order: &[u32]) -> Vec<i32> {
    let mut next = 0;
    let mut tall = false;
    order
        .iter()
        .enumerate()
        .map(|(place, item)| {
            let height = layers.items[*item as usize].outs.len().max(1) as i32;
            if place > 0 && (tall || height > 1) {
                next += 1;
            }
            tall = height > 1;
            let top = next;
            next += height;
            top
        })
        .collect()
}

/// The numbers nearest to the wanted ones that never fall: runs that would fall get their median.
fn monotone(wanted: impl Iterator<Item = i32>) -> Vec<i32> {
    let mut runs: Vec<Vec<i32>> = Vec::new();
    let median = |run: &[i32]| run.get((run.len().max(1) - 1) / 2).copied().unwrap_or_default();
    for want in wanted {
        let mut run = vec![want];
        while let Some(last) = runs.pop_if(|last| median(last) > median(&run)) {
            let (mut large, small) = if last.len() >= run.len() { (last, run) } else { (run, last) };
            if small.len() > 8 {
                large.extend(small);
                large.sort_unstable();
            } else {
                for value in small {
                    let at = large.partition_point(|known| *known <= value);
                    large.insert(at, value);
                }
            }
            run = large;
        }
        runs.push(run);
    }
    runs.iter().flat_map(|run| std::iter::repeat_n(median(run), run.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::monotone;

    #[test]
    fn rows_never_fall_and_keep_what_they_can() {
        assert_eq!(monotone([1, 5, 3, 9].into_iter()), [1, 3, 3, 9]);
        assert_eq!(monotone([9, 1, 1, 2].into_iter()), [1, 1, 1, 2]);
        assert_eq!(monotone(std::iter::empty()), Vec::<i32>::new());
    }
}
