//! Findings about the Amazon Connect instance itself.

use rustc_hash::FxHashSet;

use super::{Report, codes};

pub(super) fn check(out: &mut Report<'_>) {
    let Some(catalogue) = out.world.catalogue else { return };
    if catalogue.time_zone.is_none() {
        out.add_instance(&codes::NO_ZONE, "timeZone", "the instance has no time zone".to_owned());
    } else if let Some(zone) = catalogue.time_zone.as_deref().filter(|zone| !is_zone(zone)) {
        out.add_instance(&codes::UNKNOWN_ZONE, "timeZone", format!("there is no time zone `{zone}`"));
    }
    let lists = [
        ("queues", &catalogue.queues),
        ("prompts", &catalogue.prompts),
        ("contactFlows", &catalogue.contact_flows),
        ("lambdaFunctions", &catalogue.lambda_functions),
    ];
    for (list, things) in lists {
        duplicates(out, list, things.iter().map(|thing| &*thing.name));
    }
    duplicates(out, "lexBots", catalogue.lex_bots.iter().map(|bot| &*bot.name));
}

fn duplicates<'a>(out: &mut Report<'_>, list: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = FxHashSet::default();
    for name in names {
        if !seen.insert(name) {
            out.add_instance(&codes::DUPLICATE_THING, list, format!("`{name}` is there more than once"));
        }
    }
}

/// Whether the time zone database knows the name.
pub(super) fn is_zone(name: &str) -> bool {
    crate::dates::zone(name).is_some()
}
