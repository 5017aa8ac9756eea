//! Cycles of a directed graph: strongly connected components, without recursion.

/// Number of the component of every node; nodes of one component can all reach each other.
///
/// `edges` are pairs of node numbers below `count`; others are ignored. Takes time proportional to both.
pub fn components(count: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let (starts, targets) = adjacency(count, edges);
    let mut number = vec![NONE; count];
    let mut low = vec![0_u32; count];
    let mut component = vec![NONE; count];
    let (mut open, mut work): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
    let (mut next_number, mut next_component) = (0_u32, 0_u32);
    for root in 0..count as u32 {
        if number[root as usize] != NONE {
            continue;
        }
        work.push((root, starts[root as usize]));
        while let Some((node, at)) = work.last_mut() {
            let here = *node as usize;
            if number[here] == NONE {
                number[here] = next_number;
                low[here] = next_number;
                next_number += 1;
                open.push(*node);
            }
            if *at < starts[here + 1] {
                let target = targets[*at] as usize;
                *at += 1;
                if number[target] == NONE {
                    work.push((target as u32, starts[target]));
                } else if component[target] == NONE {
                    low[here] = low[here].min(number[target]);
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[here]);
            }
            if low[here] == number[here] {
                while let Some(member) = open.pop() {
                    component[member as usize] = next_component;
                    if member as usize == here {
                        break;
                    }
                }
                next_component += 1;
            }
        }
    }
    component
}

/// The nodes of every cycle: components of two or more nodes, and nodes with an edge to themselves.
///
/// Nodes of a cycle are in ascending order, cycles in the order of their first node.
pub fn cycles(count: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let component = components(count, edges);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (node, id) in component.iter().enumerate() {
        members[*id as usize].push(node as u32);
    }
    let mut own = vec![false; count];
    for (from, to) in edges {
        if from == to && (*from as usize) < count {
            own[*from as usize] = true;
        }
    }
    let mut out: Vec<Vec<u32>> = members
        .into_iter()
        .filter(|nodes| nodes.len() > 1 || nodes.first().is_some_and(|node| own[*node as usize]))
        .collect();
    out.sort_unstable();
    out
}

/// Steps from the nearest start to every node, `None` for those that cannot be reached.
pub fn distances(count: usize, edges: &[(u32, u32)], starts: &[u32]) -> Vec<Option<u32>> {
    let (offsets, targets) = adjacency(count, edges);
    let mut out = vec![None; count];
    let mut queue: std::collections::VecDeque<u32> = std::collections::VecDeque::new();
    for start in starts {
        if out[*start as usize].is_none() {
            out[*start as usize] = Some(0);
            queue.push_back(*start);
        }
    }
    while let Some(node) = queue.pop_front() {
        let next = out[node as usize].map(|steps: u32| steps + 1);
        for target in &targets[offsets[node as usize]..offsets[node as usize + 1]] {
            if out[*target as usize].is_none() {
                out[*target as usize] = next;
                queue.push_back(*target);
            }
        }
    }
    out
}

/// Edges grouped by source: offsets per node and the targets.
fn adjacency(count: usize, edges: &[(u32, u32)]) -> (Vec<usize>, Vec<u32>) {
    let inside = |edge: &&(u32, u32)| (edge.0 as usize) < count && (edge.1 as usize) < count;
    let mut starts = vec![0_usize; count + 1];
    for (from, _) in edges.iter().filter(inside) {
        starts[*from as usize + 1] += 1;
    }
    for i in 0..count {
        starts[i + 1] += starts[i];
    }
    let mut at = starts.clone();
    let mut targets = vec![0_u32; starts[count]];
    for (from, to) in edges.iter().filter(inside) {
        targets[at[*from as usize]] = *to;
        at[*from as usize] += 1;
    }
    (starts, targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_trees_are_not() {
        let edges = [(0, 1), (1, 2), (2, 1), (3, 3), (2, 4), (9, 0)];
        assert_eq!(cycles(5, &edges), [vec![1, 2], vec![3]]);
        assert_eq!(cycles(3, &[(0, 1), (1, 2), (0, 2)]), Vec::<Vec<u32>>::new());
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let count = 200_000_u32;
        let mut edges: Vec<(u32, u32)> = (1..count).map(|i| (i - 1, i)).collect();
        edges.push((count - 1, 0));
        assert_eq!(cycles(count as usize, &edges)[0].len(), count as usize);
    }

    #[test]
    fn distances_are_the_shortest() {
        let found = distances(5, &[(0, 1), (1, 2), (0, 2), (3, 4)], &[0]);
        assert_eq!(found, [Some(0), Some(1), Some(1), None, None]);
    }
}
