//! Arguments of `ruleset`, `rule` and `weight`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::store::{InFolder, Moved, Renamed, Several, Write};

/// Actions on rule sets.
#[derive(Debug, Subcommand)]
pub enum RuleSetCommand {
    /// List all, or those of a folder
    List(InFolder),
    /// Show one with its rules
    Show {
        /// Name or identifier
        name: String,
    },
    /// Create one, with rules if --from has any
    Create {
        /// Name
        name: Option<String>,
        /// Its values.
        #[command(flatten)]
        values: RuleSetValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change description, folder, end points or the enabled mark; what is not given stays
    Edit {
        /// Name or identifier
        name: String,
        /// Its values.
        #[command(flatten)]
        values: RuleSetValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Rename one; every reference follows
    Rename(Renamed),
    /// Clone one with its rules, without its end points
    Clone {
        /// Name or identifier
        name: String,
        /// Name of the clone
        to: String,
        /// Let references to itself point at the clone
        #[arg(long)]
        repoint: bool,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Move some to a folder
    Move(Moved),
    /// Let calls see some
    Enable(Several),
    /// Hide some from calls
    Disable(Several),
    /// Delete some with their rules, all or none
    Delete {
        /// Which.
        #[command(flatten)]
        which: Several,
        /// Although others refer to them (administrators)
        #[arg(long)]
        anyway: bool,
    },
}

/// Values of a rule set.
#[derive(Args, Clone, Debug, Default)]
pub struct RuleSetValues {
    /// Document (JSON) to start from, as `show --json` and exports have it; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Free text
    #[arg(long)]
    pub description: Option<String>,
    /// Folder, such as /Service/Night
    #[arg(long)]
    pub folder: Option<String>,
    /// End point whose contacts start here; all that are given replace those that are stored
    #[arg(long, value_name = "NAME")]
    pub end_point: Vec<String>,
    /// Take all end points away
    #[arg(long, conflicts_with = "end_point")]
    pub no_end_points: bool,
    /// Whether calls see it
    #[arg(long, value_name = "true|false")]
    pub enabled: Option<bool>,
}

/// Actions on rules.
#[derive(Debug, Subcommand)]
pub enum RuleCommand {
    /// List the rules of a rule set in the order they run
    List {
        /// Name or identifier of the rule set
        rule_set: String,
    },
    /// Show one
    Show {
        /// Which.
        #[command(flatten)]
        which: RuleName,
    },
    /// Create one
    Create {
        /// Name or identifier of the rule set
        rule_set: String,
        /// Name of the rule
        name: Option<String>,
        /// Its values.
        #[command(flatten)]
        values: RuleValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change one; what is not given stays, but another type starts without parameters
    Edit {
        /// Which.
        #[command(flatten)]
        which: RuleName,
        /// Its values.
        #[command(flatten)]
        values: RuleValues,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Rename one
    Rename {
        /// Which.
        #[command(flatten)]
        which: RuleName,
        /// Its new name
        to: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Clone one
    Clone {
        /// Which.
        #[command(flatten)]
        which: RuleName,
        /// Name of the clone
        to: String,
        /// The rule set that gets it [default: the same]
        #[arg(long, value_name = "RULE SET")]
        into: Option<String>,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Move some to another rule set
    Move {
        /// Which.
        #[command(flatten)]
        which: RuleNames,
        /// The rule set that gets them
        #[arg(long, value_name = "RULE SET")]
        to: String,
    },
    /// Let some be tested
    Enable(RuleNames),
    /// Let some be left out
    Disable(RuleNames),
    /// Put all rules of a rule set into an order by their priorities
    Reorder(RuleNames),
    /// Delete some with their weights
    Delete(RuleNames),
}

/// A rule of a rule set.
#[derive(Args, Clone, Debug)]
pub struct RuleName {
    /// Name or identifier of the rule set
    pub rule_set: String,
    /// Name or identifier of the rule
    pub rule: String,
}

/// Rules of a rule set.
#[derive(Args, Clone, Debug)]
pub struct RuleNames {
    /// Name or identifier of the rule set
    pub rule_set: String,
    /// Names or identifiers of the rules; `reorder` wants all, first to run first
    #[arg(required = true)]
    pub rules: Vec<String>,
    /// How.
    #[command(flatten)]
    pub write: Write,
}

/// Values of a rule.
#[derive(Args, Clone, Debug, Default)]
pub struct RuleValues {
    /// Document (JSON) to start from, as `show --json` and exports have it; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Type, one of those of `rule-types`
    #[arg(long, value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Higher runs first
    #[arg(long, value_name = "NUMBER")]
    pub priority: Option<String>,
    /// The rule fires when its weights reach it
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub activation: Option<String>,
    /// Free text
    #[arg(long)]
    pub description: Option<String>,
    /// Whether it is tested
    #[arg(long, value_name = "true|false")]
    pub enabled: Option<bool>,
    /// All parameters (JSON object); `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// One parameter; lists are given as JSON
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::pair)]
    pub set: Vec<(String, String)>,
    /// Remove a parameter
    #[arg(long, value_name = "NAME")]
    pub unset: Vec<String>,
    /// A weight: `field operation value number`; all that are given replace those that are stored
    #[arg(long, value_name = "WEIGHT", value_parser = weight)]
    pub weight: Vec<WeightText>,
}

/// A weight in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightText {
    /// Path into state.
    pub field: String,
    /// Name of the operation.
    pub operation: String,
    /// Comparison value, empty for those that need none.
    pub value: String,
    /// What it adds.
    pub number: String,
}

fn weight(text: &str) -> Result<WeightText, String> {
    let wrong = || "give `field operation value number`, such as `System.Holiday equals true 100`".to_owned();
    let (field, rest) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
    let (operation, rest) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(wrong)?;
    let rest = rest.trim_start();
    let (value, number) = rest.rsplit_once(char::is_whitespace).unwrap_or(("", rest));
    if number.parse::<f64>().is_err() {
        return Err(wrong());
    }
    let owned = str::to_owned;
    Ok(WeightText {
        field: owned(field),
        operation: owned(operation),
        value: owned(value.trim()),
        number: owned(number),
    })
}

/// Actions on weights.
#[derive(Debug, Subcommand)]
pub enum WeightCommand {
    /// List the weights of a rule with their numbers
    List {
        /// Which rule.
        #[command(flatten)]
        which: RuleName,
    },
    /// Add one
    Add {
        /// Which rule.
        #[command(flatten)]
        which: RuleName,
        /// `field operation value number`
        #[arg(value_parser = weight)]
        weight: WeightText,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Change one
    Edit {
        /// Which rule.
        #[command(flatten)]
        which: RuleName,
        /// Its number in `weight list`, from 1, or its identifier
        at: String,
        /// `field operation value number`
        #[arg(value_parser = weight)]
        weight: WeightText,
        /// How.
        #[command(flatten)]
        write: Write,
    },
    /// Delete one
    Delete {
        /// Which rule.
        #[command(flatten)]
        which: RuleName,
        /// Its number in `weight list`, from 1, or its identifier
        at: String,
        /// How.
        #[command(flatten)]
        write: Write,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_from_one_text() {
        let read =
            |text: &str| weight(text).map(|it| [it.field, it.operation, it.value, it.number].join("|")).ok();
        assert_eq!(read("a.b equals gold plated  50").as_deref(), Some("a.b|equals|gold plated|50"));
        assert_eq!(read(" a  isnull  -5 ").as_deref(), Some("a|isnull||-5"));
        for bad in ["", "a", "a equals", "a equals x", "a equals x y"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
