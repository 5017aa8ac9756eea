//! Who may do what (`spec/admin.md` 1-3): roles, operations and the table that joins them.

use std::fmt;

use connect_rules_engine::value::Text;

use crate::errors::Error;

/// A role of a user (`spec/admin.md` 1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything.
    Administrator,
    /// May change rules, tests, end points and holidays.
    PowerUser,
    /// May read, and change and run tests.
    Tester,
    /// Any other text: may log in, nothing else.
    Other(Text),
}

impl Role {
    /// The role that a text names; case sensitive.
    pub fn parse(name: &str) -> Role {
        match name {
            "ADMINISTRATOR" => Role::Administrator,
            "POWER_USER" => Role::PowerUser,
            "TESTER" => Role::Tester,
            other => Role::Other(Text::from(other)),
        }
    }

    /// The role as written in documents.
    pub fn name(&self) -> &str {
        match self {
            Role::Administrator => "ADMINISTRATOR",
            Role::PowerUser => "POWER_USER",
            Role::Tester => "TESTER",
            Role::Other(name) => name,
        }
    }

    fn level(&self) -> Level {
        match self {
            Role::Administrator => Level::Administrator,
            Role::PowerUser => Level::Power,
            Role::Tester => Level::Tester,
            Role::Other(_) => Level::Any,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Roles in rising order of what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Any,
    Tester,
    Power,
    Administrator,
}

/// Somebody who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// E-mail address or operating-system user, for stamps and lists.
    pub user: Text,
    /// Identifier of the stored user, if there is one.
    pub user_id: Option<Text>,
    /// What the person may do.
    pub role: Role,
}

impl Actor {
    /// The operating-system user, who is administrator until login is required.
    pub fn local(user: impl Into<Text>) -> Self {
        Actor { user: user.into(), user_id: None, role: Role::Administrator }
    }

    /// Whether the actor may do this.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn check(&self, operation: Operation) -> Result<(), Error> {
        if operation.allows(&self.role) {
            return Ok(());
        }
        Err(Error::Forbidden { operation, role: self.role.clone() })
    }

    /// Whether the actor may delete a test run of that user: testers only their own.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn check_delete_batch(&self, owner_id: &str) -> Result<(), Error> {
        self.check(Operation::DeleteBatch)?;
        if self.role == Role::Tester && self.user_id.as_deref() != Some(owner_id) {
            return Err(Error::Forbidden { operation: Operation::DeleteBatch, role: self.role.clone() });
        }
        Ok(())
    }
}

macro_rules! operations {
    ($($name:ident: $route:literal, $words:literal, $level:ident, $marks:literal;)*) => {
        /// Everything that can be asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the table names each route and says it in words")]
        pub enum Operation {
            $($name,)*
        }

        impl Operation {
            /// Every operation, in the order of the table.
            pub const ALL: &[Operation] = &[$(Operation::$name,)*];

            /// The name in the journal and the audit list.
            pub fn name(self) -> &'static str {
                match self { $(Operation::$name => stringify!($name),)* }
            }

            /// The original's route.
            pub fn route(self) -> &'static str {
                match self { $(Operation::$name => $route,)* }
            }

            /// Whether it moves the change mark.
            pub fn moves_mark(self) -> bool {
                match self { $(Operation::$name => $marks,)* }
            }

            fn level(self) -> Level {
                match self { $(Operation::$name => Level::$level,)* }
            }

            fn words(self) -> &'static str {
                match self { $(Operation::$name => $words,)* }
            }
        }
    };
}

// Operation: route of the original, words, least role, whether it moves the change mark.
operations! {
    ReadMark: "GET /lastchange", "read the change mark", Tester, false;
    ReadRuleSets: "GET /rulesets", "read rule sets", Tester, false;
    ReadRule: "GET /rule", "read a rule", Tester, false;
    ExportRuleSets: "GET /rulesetsforexport", "export rule sets", Administrator, false;
    ExportCsv: "GET /rulesetsforcsvexport", "export rule sets as CSV", Power, false;
    ReadGraph: "GET /rulesetsgraph", "read the graph", Tester, false;
    ImportRuleSets: "POST /rulesetsimport", "import rule sets", Administrator, true;
    CleanUpRuleSets: "POST /postrulesetsimport", "clean up after an import of rule sets", Administrator, true;
    ImportTests: "POST /testsimport", "import tests", Administrator, true;
    CleanUpTests: "POST /posttestsimport", "clean up after an import of tests", Administrator, true;
    CreateRuleSet: "PUT /ruleset", "create a rule set", Power, true;
    UpdateRuleSet: "POST /ruleset", "change a rule set", Power, true;
    RenameRuleSet: "POST /rulesetname", "rename a rule set", Power, true;
    CloneRuleSet: "POST /rulesetclone", "clone a rule set", Power, true;
    MoveRuleSets: "POST /rulesetfolder", "move rule sets", Power, true;
    CreateRule: "PUT /rule", "create a rule", Power, true;
    UpdateRule: "POST /rule", "change a rule", Power, true;
    RenameRule: "POST /rulename", "rename a rule", Power, true;
    CloneRule: "PUT /clonerule", "clone a rule", Power, true;
    CreateWeight: "PUT /weight", "create a weight", Power, true;
    UpdateWeight: "PUT /updateweight", "change a weight", Power, true;
    ReadEndPoints: "GET /endpoints", "read end points", Tester, false;
    CreateEndPoint: "PUT /endpoint", "create an end point", Power, true;
    UpdateEndPoint: "POST /endpoint", "change an end point", Power, true;
    ReadHolidays: "GET /holidays", "read holidays", Tester, false;
    CreateHoliday: "PUT /holiday", "create a holiday", Power, true;
    UpdateHoliday: "POST /holiday", "change a holiday", Power, true;
    ReadUsers: "GET /users", "read users", Administrator, false;
    CreateUser: "PUT /user", "create a user", Administrator, true;
    UpdateUser: "POST /user", "change a user", Administrator, true;
    ReadHealth: "GET /systemhealth", "read the system health", Administrator, false;
    CreateContactFlow: "POST /createcontactflow", "create a contact flow", Administrator, false;
    UpdateContactFlow: "POST /updatecontactflow", "change a contact flow", Administrator, false;
    ChangeFunction: "", "call or change a deployed function", Administrator, false;
    ChangeLimits: "", "change the outbound limits or release a number", Administrator, true;
    RefreshCache: "POST /refreshconnectcache", "refresh the cache", Administrator, false;
    ReadConnect: "GET /connect", "read the Connect data", Tester, false;
    ReadBot: "POST /lexbot", "read a bot", Tester, false;
    ReadTests: "GET /tests", "read tests", Tester, false;
    CreateTest: "PUT /test", "create a test", Tester, true;
    UpdateTest: "POST /test", "change a test", Tester, true;
    MoveTests: "POST /testfolder", "move tests", Tester, true;
    CopyTests: "POST /copytests", "copy tests", Tester, true;
    ReadBatches: "GET /batches", "read test runs", Tester, false;
    StartBatch: "POST /batchinferencestart", "start a test run", Tester, false;
    LogIn: "POST /login", "log in", Any, false;
    DeleteBatch: "DELETE /object?type=batch", "delete a test run", Tester, false;
    DeleteTest: "DELETE /object?type=test", "delete tests", Tester, true;
    DeleteUser: "DELETE /object?type=user", "delete a user", Administrator, true;
    DeleteRule: "DELETE /object?type=rule", "delete a rule", Power, true;
    DeleteWeight: "DELETE /object?type=weight", "delete a weight", Power, true;
    DeleteEndPoint: "DELETE /object?type=endpoint", "delete an end point", Power, true;
    DeleteHoliday: "DELETE /object?type=holiday", "delete a holiday", Power, true;
    DeleteRuleSet: "DELETE /object?type=ruleset", "delete rule sets", Power, true;
    Simulate: "POST /interactiveinference", "simulate a contact", Tester, false;
}

impl Operation {
    /// The operation of that name.
    pub fn parse(name: &str) -> Option<Operation> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Whether the role allows it.
    pub fn allows(self, role: &Role) -> bool {
        role.level() >= self.level()
    }

    /// The least role that allows it.
    pub fn least_role(self) -> &'static str {
        match self.level() {
            Level::Any => "of any user",
            Level::Tester => "TESTER",
            Level::Power => "POWER_USER",
            Level::Administrator => "ADMINISTRATOR",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect_rules_engine::json;
    use connect_rules_engine::value::Value;
    use std::io::Read as _;

    fn matrix() -> Vec<Value> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/examples.tar.zst");
        let packed = std::fs::File::open(path).unwrap();
        let unpacked = ruzstd::decoding::StreamingDecoder::new(packed).unwrap();
        let mut archive = tar::Archive::new(unpacked);
        let mut entry = archive
            .entries()
            .unwrap()
            .map(Result::unwrap)
            .find(|entry| entry.path().unwrap().ends_with("role-matrix.json"))
            .unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        json::parse(&text).unwrap().member("rows").as_array().unwrap().to_vec()
    }

    #[test]
    fn every_cell_of_the_role_matrix_golden() {
        let rows = matrix();
        assert!(rows.len() >= 46);
        for row in &rows {
            let route = row.member("operation").text();
            let operation = Operation::ALL.iter().find(|operation| operation.route() == &*route);
            let operation = *operation.unwrap_or_else(|| panic!("no operation for {route}"));
            for role in ["ADMINISTRATOR", "POWER_USER", "TESTER", "other role"] {
                let actor = Actor { user: Text::from("x"), user_id: None, role: Role::parse(role) };
                let allowed = actor.check(operation).is_ok();
                // What the original can never do is allowed to those who were meant to.
                let want = &*row.member(role).text() != "forbidden";
                assert_eq!(allowed, want, "{route} {role}");
            }
            if operation != Operation::DeleteBatch {
                let marks = row.member("touchesLastChange") == Value::Bool(true);
                assert_eq!(operation.moves_mark(), marks, "{route}");
            }
        }
    }

    #[test]
    fn testers_delete_their_own_runs_only() {
        let id = Some(Text::from("u"));
        let tester = Actor { user: Text::from("t"), user_id: id, role: Role::Tester };
        assert!(tester.check_delete_batch("u").is_ok());
        assert!(matches!(tester.check_delete_batch("v"), Err(Error::Forbidden { .. })));
        assert!(Actor { role: Role::PowerUser, ..tester }.check_delete_batch("v").is_ok());
    }

    #[test]
    fn names_come_back() {
        for operation in Operation::ALL {
            assert_eq!(Operation::parse(operation.name()), Some(*operation));
        }
    }
}
