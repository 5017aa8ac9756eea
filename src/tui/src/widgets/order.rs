//! How a table is sorted and which of its columns are seen. A table is sorted when that is chosen and when it
//! is filled, never while it is drawn.

use std::cmp::Ordering;

use connect_rules_engine::collate;

/// The order of a table and its hidden columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    by: Option<usize>,
    down: bool,
    /// A bit for each hidden column.
    hidden: u32,
}

impl Order {
    /// The column that the table is sorted by; none for its own order.
    pub fn by(self) -> Option<usize> {
        self.by
    }

    /// Whether the last comes first.
    pub fn is_down(self) -> bool {
        self.down
    }

    /// Whether a column is seen.
    pub fn sees(self, column: usize) -> bool {
        self.hidden & (1 << column.min(31)) == 0
    }

    /// Runs a command of tables on one with so many columns, of which the first `fixed` are neither sorted by
    /// nor hidden. Tells whether it was one.
    pub fn run(&mut self, command: &str, fixed: usize, columns: usize) -> bool {
        let seen = |order: &Order, column: &usize| order.sees(*column);
        match command {
            "table.sort" => {
                let from = self.by.map_or(fixed, |by| by + 1);
                self.by = (from..columns).find(|column| seen(self, column));
                self.down = false;
            }
            "table.turn" => self.down = !self.down && self.by.is_some(),
            "table.hide" => match self.by {
                Some(by) if (fixed..columns).filter(|column| seen(self, column)).count() > 1 => {
                    self.hidden |= 1 << by.min(31);
                }
                Some(_) => {}
                None => self.hidden = 0,
            },
            _ => return false,
        }
        true
    }

    /// Compares the texts of the chosen column: numbers by their value, before words; words as people sort
    /// them.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let order = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => collate::compare(a, b),
        };
        if self.down { order.reverse() } else { order }
    }

    /// A heading with the mark of the order, if the table is sorted by that column.
    pub fn heading(self, column: usize, title: &str) -> String {
        match (self.by == Some(column), self.down) {
            (false, _) => title.to_owned(),
            (true, false) => format!("{title}↑"),
            (true, true) => format!("{title}↓"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_gone_through_hidden_and_shown_again() {
        let mut order = Order::default();
        assert!(order.run("table.sort", 1, 4) && order.by() == Some(1));
        order.run("table.hide", 1, 4);
        assert!(!order.sees(1) && order.by() == Some(1));
        order.run("table.sort", 1, 4);
        order.run("table.hide", 1, 4);
        order.run("table.sort", 1, 4);
        assert_eq!(order.by(), Some(3));
        order.run("table.hide", 1, 4);
        assert!(order.sees(3), "one column is always seen");
        order.run("table.sort", 1, 4);
        assert_eq!(order.by(), None);
        order.run("table.hide", 1, 4);
        assert!((0..4).all(|column| order.sees(column)));
        assert!(!order.run("move.up", 1, 4));
    }

    #[test]
    fn numbers_come_by_value_before_words_and_either_way_round() {
        let mut order = Order::default();
        order.run("table.sort", 0, 1);
        let sorted = |order: Order| {
            let mut all = ["10", "never", "9", "-1", "Äpfel", "b"];
            all.sort_by(|a, b| order.compare(a, b));
            all
        };
        assert_eq!(sorted(order), ["-1", "9", "10", "Äpfel", "b", "never"]);
        order.run("table.turn", 0, 1);
        assert_eq!(sorted(order), ["never", "b", "Äpfel", "10", "9", "-1"]);
        assert_eq!(order.heading(0, "prio"), "prio↓");
    }
}
