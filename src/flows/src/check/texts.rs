//! Identifiers and placeholders (V07), references (V08).

use super::Known;
use crate::finding::Finding;
use crate::flow::{Action, Flow, FlowType};
use crate::functions;
use crate::language::HOOKS;
use crate::reference::{Root, references, root};
use crate::settings;
use crate::token::{self, Reading, TOKEN_KINDS, Token, TokenKind};

pub(super) fn check(action: &Action, flow: &Flow, known: &Known, out: &mut Vec<Finding>) {
    for (name, value) in &action.parameters {
        token::texts(value, &mut |place, text| {
            let place = if place.is_empty() { name.clone() } else { format!("{name}.{place}") };
            identifiers(action, &place, text, known, out);
            paths(flow, &place, text, out);
        });
    }
}

fn identifiers(action: &Action, place: &str, text: &str, known: &Known, out: &mut Vec<Finding>) {
    let mut fault = |what: String, fix: String| out.push(Finding::new("V07", what, fix));
    if text.to_ascii_lowercase().contains("arn:") {
        let fix = "write a placeholder such as {{flow:Main}}".to_owned();
        return fault(format!("{place} holds an identifier of one instance"), fix);
    }
    match token::read(text) {
        Reading::Plain => {}
        Reading::Malformed => {
            let fix = "write {{kind:name}} and nothing else into the text".to_owned();
            fault(format!("{place} is {text:?}"), fix);
        }
        Reading::UnknownKind(kind) => {
            let names: Vec<&str> = TOKEN_KINDS.iter().map(|(_, name)| *name).collect();
            fault(
                format!("{place} is a placeholder of the unknown kind {kind:?}"),
                format!("use {}", names.join(", ")),
            );
        }
        Reading::Token(token) => {
            if let Some(fix) = objection(action, place, token, known) {
                fault(format!("{place} names the {} {:?}", token.kind.name(), token.name), fix);
            }
        }
    }
}

/// What to do instead of using this placeholder here.
fn objection(action: &Action, place: &str, token: Token<'_>, known: &Known) -> Option<String> {
    match token.kind {
        TokenKind::Lambda if functions::function(token.name).is_none() => {
            let names: Vec<&str> = functions::FUNCTIONS.iter().map(|it| it.name).collect();
            Some(format!("use a function of the product: {}", names.join(", ")))
        }
        TokenKind::Setting if settings::find(token.name).is_none() => {
            let names: Vec<&str> = settings::SETTINGS.iter().map(|it| it.key).collect();
            Some(format!("use {}", names.join(", ")))
        }
        TokenKind::Flow => {
            let Some(flow_type) = known.flows.get(token.name) else {
                return Some("use a flow that exists".to_owned());
            };
            let hook = place.strip_prefix("EventHooks.");
            let wanted = match action.kind.as_str() {
                "TransferToFlow" => Some(FlowType::ContactFlow),
                _ => HOOKS.iter().find(|(name, _)| Some(*name) == hook).map(|(_, wanted)| *wanted),
            };
            let wanted = wanted.filter(|it| it != flow_type)?;
            Some(format!("it is a {}; use a {}", flow_type.name(), wanted.name()))
        }
        _ => None,
    }
}

fn paths(flow: &Flow, place: &str, text: &str, out: &mut Vec<Finding>) {
    for path in references(text) {
        let with_agent = !matches!(flow.flow_type, FlowType::ContactFlow | FlowType::CustomerQueue);
        let fix = match root(path) {
            Root::Known => continue,
            Root::Agent if with_agent => continue,
            Root::Agent => "use it in whisper and hold flows: elsewhere there is no agent",
            Root::Unknown => {
                "use a reference of the flow language such as $.External.key or $.Attributes.key"
            }
        };
        out.push(Finding::new("V08", format!("{place} refers to {path}"), fix));
    }
}
