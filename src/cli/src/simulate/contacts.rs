//! The contacts of a run. All are kept; those that have not been used lately are folded into a small text.

use std::collections::HashMap;

use connect_rules_engine::chance::Draws;
use connect_rules_engine::functions::Uses;
use connect_rules_engine::json;
use connect_rules_engine::state::State;
use connect_rules_engine::step::Contact;
use connect_rules_engine::value::Text;

/// How many contacts are kept ready.
const AWAKE: usize = 256;

/// Contacts by id.
#[derive(Debug, Default)]
pub struct Contacts {
    awake: HashMap<Text, Contact>,
    resting: HashMap<Text, Resting>,
}

/// What is kept of a contact that rests: its state as JSON is a sixth of what it takes awake.
#[derive(Debug)]
struct Resting {
    state: Box<str>,
    clock: i64,
    draws: Draws,
    uses: Uses,
    disconnected: bool,
}

impl Contacts {
    /// Takes a contact out to use it.
    pub fn take(&mut self, id: &str) -> Option<Contact> {
        self.awake.remove(id).or_else(|| {
            let (id, resting) = self.resting.remove_entry(id)?;
            Some(resting.wake(id))
        })
    }

    /// Puts a contact back.
    pub fn put(&mut self, contact: Contact) {
        if self.awake.len() >= AWAKE {
            self.rest();
        }
        self.awake.insert(Text::clone(&contact.id), contact);
    }

    /// Folds every contact that has nothing left to report.
    fn rest(&mut self) {
        for (id, contact) in std::mem::take(&mut self.awake) {
            // What a failed request changed is reported with the next answer.
            if contact.state.touched().next().is_some() {
                self.awake.insert(id, contact);
            } else if let Ok(state) = serde_json::to_string(&contact.state.to_map()) {
                let Contact { clock, draws, uses, disconnected, .. } = contact;
                let state = state.into_boxed_str();
                self.resting.insert(id, Resting { state, clock, draws, uses, disconnected });
            }
        }
    }
}

impl Resting {
    fn wake(self, id: Text) -> Contact {
        let mut contact = Contact::new(id, self.clock, self.draws);
        contact.uses = self.uses;
        contact.disconnected = self.disconnected;
        let mut state = State::new();
        if let Ok(members) = json::parse(&self.state) {
            for (key, value) in members.as_object().into_iter().flatten() {
                state.set_raw(key, value.clone());
            }
        }
        state.finish();
        state.forget_changes();
        contact.state = state;
        contact
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect_rules_engine::value::Value;

    fn contact(number: usize) -> Contact {
        let mut contact = Contact::new(format!("c{number}"), number as i64, Draws::new(number as u64));
        let nested = json::parse(r#"{"2":[1.5,null,true],"a":{"b":"{}"}}"#).unwrap();
        contact.state.set_raw(&Text::from("Nested"), nested);
        contact.state.set_raw(&Text::from("10"), Value::from(number.to_string()));
        contact.state.finish();
        contact.state.forget_changes();
        contact
    }

    #[test]
    fn a_contact_that_rested_is_the_same() {
        let mut contacts = Contacts::default();
        for number in 0..3 * AWAKE {
            contacts.put(contact(number));
        }
        assert!(contacts.awake.len() <= AWAKE && !contacts.resting.is_empty());
        for number in 0..3 * AWAKE {
            let mut taken = contacts.take(&format!("c{number}")).unwrap();
            let mut wanted = contact(number);
            assert_eq!(taken.state.to_map(), wanted.state.to_map());
            assert_eq!((taken.clock, taken.draws.draw()), (wanted.clock, wanted.draws.draw()));
            assert_eq!(taken.state.take_changes(), wanted.state.take_changes());
        }
        assert!(contacts.take("c0").is_none());
    }

    #[test]
    fn changes_of_a_failed_request_are_not_lost() {
        let mut contacts = Contacts::default();
        let mut pending = contact(0);
        pending.state.set_raw(&Text::from("New"), Value::from("x"));
        pending.state.finish();
        contacts.put(pending);
        (1..2 * AWAKE).for_each(|number| contacts.put(contact(number)));
        assert_eq!(contacts.take("c0").unwrap().state.take_changes().set.len(), 1);
    }
}
