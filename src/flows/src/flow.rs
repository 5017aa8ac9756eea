//! Flows as files hold them, and reading them (`spec/contactflows.md` 10.1, 11.1).

use serde_json::{Map, Value};

use crate::finding::Finding;

/// Kind of a flow in Amazon Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowType {
    /// Inbound contact flow.
    ContactFlow,
    /// Runs while the customer waits in a queue.
    CustomerQueue,
    /// Runs while an agent holds the customer.
    CustomerHold,
    /// Said to the agent before talking.
    AgentWhisper,
    /// Said to the customer before talking.
    CustomerWhisper,
    /// Runs for outbound calls and callbacks.
    OutboundWhisper,
}

/// Every kind, with the name of Amazon Connect.
pub const FLOW_TYPES: [(FlowType, &str); 6] = [
    (FlowType::ContactFlow, "CONTACT_FLOW"),
    (FlowType::CustomerQueue, "CUSTOMER_QUEUE"),
    (FlowType::CustomerHold, "CUSTOMER_HOLD"),
    (FlowType::AgentWhisper, "AGENT_WHISPER"),
    (FlowType::CustomerWhisper, "CUSTOMER_WHISPER"),
    (FlowType::OutboundWhisper, "OUTBOUND_WHISPER"),
];

impl FlowType {
    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        FLOW_TYPES.iter().find(|(_, it)| *it == name).map(|(kind, _)| *kind)
    }

    /// The name in Amazon Connect.
    pub fn name(self) -> &'static str {
        FLOW_TYPES.iter().find(|(kind, _)| *kind == self).map_or("CONTACT_FLOW", |(_, name)| name)
    }
}

/// Channels that a flow may be written for.
pub const CHANNELS: [&str; 3] = ["VOICE", "CHAT", "TASK"];

/// A flow file: what it is, and its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Where it was read from.
    pub file: String,
    /// Name, without the prefix that an instance gives it.
    pub name: String,
    /// Kind of flow.
    pub flow_type: FlowType,
    /// What it is for; shown in the console.
    pub description: String,
    /// Channels of the contacts that run it.
    pub channels: Vec<String>,
    /// What runs.
    pub content: Content,
    /// The content as it was read, placeholders included.
    pub document: Value,
}

/// Content of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// Version of the flow language.
    pub version: String,
    /// Identifier of the first action.
    pub start: String,
    /// Positions in the console.
    pub metadata: Map<String, Value>,
    /// All actions.
    pub actions: Vec<Action>,
}

/// One block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Action {
    /// Unique in its flow.
    pub id: String,
    /// `Type` in the flow language.
    pub kind: String,
    /// Its settings.
    pub parameters: Map<String, Value>,
    /// Where it leads.
    pub transitions: Transitions,
}

/// Where an action leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transitions {
    /// When it worked and no condition holds.
    pub next: Option<String>,
    /// The first that holds wins.
    pub conditions: Vec<Condition>,
    /// By kind of error.
    pub errors: Vec<ErrorBranch>,
}

/// A branch that is taken when its condition holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// Where it leads.
    pub next: String,
    /// How the result is compared.
    pub operator: String,
    /// What with.
    pub operands: Vec<String>,
}

/// A branch that is taken on an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorBranch {
    /// Where it leads.
    pub next: String,
    /// The error.
    pub error: String,
}

impl Transitions {
    /// Every identifier that the action leads to, in order of writing, repeats included.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let conditions = self.conditions.iter().map(|it| it.next.as_str());
        let errors = self.errors.iter().map(|it| it.next.as_str());
        self.next.as_deref().into_iter().chain(conditions).chain(errors)
    }

    /// Where an error leads.
    pub fn on_error(&self, error: &str) -> Option<&str> {
        self.errors.iter().find(|it| it.error == error).map(|it| it.next.as_str())
    }
}

impl Action {
    /// A parameter that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str)
    }

    /// A text inside parameters, by the names on the way.
    pub fn inner(&self, path: &[&str]) -> Option<&str> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.parameters.get(*first)?, |at, name| at.get(name))?.as_str()
    }
}

impl Content {
    /// The action with an identifier.
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|it| it.id == id)
    }
}

/// Reads members of objects, and notes what is missing, unknown or of another kind (V01).
struct Reader {
    findings: Vec<Finding>,
    at: Option<String>,
}

impl Reader {
    fn note(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        let finding = Finding::new("V01", what, fix);
        self.findings.push(match &self.at {
            Some(action) => finding.at(action),
            None => finding,
        });
    }

    fn object<'v>(
        &mut self,
        value: &'v Value,
        what: &str,
        members: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.note(format!("{what} is no object"), format!("write an object with {}", members.join(", ")));
            return None;
        };
        for name in object.keys().filter(|name| !members.contains(&name.as_str())) {
            self.note(
                format!("{what} has the unknown member {name:?}"),
                format!("use {}", members.join(", ")),
            );
        }
        Some(object)
    }

    fn text(&mut self, object: &Map<String, Value>, name: &str) -> String {
        match object.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                self.note(format!("{name} is missing or no text"), format!("write {name} as a text"));
                String::new()
            }
        }
    }

    fn list<'v>(&mut self, object: &'v Map<String, Value>, name: &str) -> &'v [Value] {
        match object.get(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.note(format!("{name} is no list"), "write a list");
                &[]
            }
        }
    }

    fn members(&mut self, object: &Map<String, Value>, name: &str) -> Map<String, Value> {
        match object.get(name) {
            None => Map::new(),
            Some(Value::Object(members)) => members.clone(),
            Some(_) => {
                self.note(format!("{name} is no object"), "write an object");
                Map::new()
            }
        }
    }

    fn content(&mut self, value: &Value) -> Option<Content> {
        let object = self.object(value, "content", &["Version", "StartAction", "Metadata", "Actions"])?;
        let version = self.text(object, "Version");
        let start = self.text(object, "StartAction");
        let metadata = self.members(object, "Metadata");
        if !object.contains_key("Actions") {
            self.note("Actions is missing", "write the list of actions");
        }
        let actions = self.list(object, "Actions").iter().filter_map(|it| self.action(it)).collect();
        Some(Content { version, start, metadata, actions })
    }

    fn action(&mut self, value: &Value) -> Option<Action> {
        self.at = value.get("Identifier").and_then(Value::as_str).map(str::to_owned);
        let object = self.object(value, "an action", &["Identifier", "Type", "Parameters", "Transitions"])?;
        let (id, kind) = (self.text(object, "Identifier"), self.text(object, "Type"));
        let parameters = self.members(object, "Parameters");
        let transitions = if let Some(value) = object.get("Transitions") {
            self.transitions(value).unwrap_or_default()
        } else {
            self.note("Transitions is missing", "write Transitions; an action that ends has {}");
            Transitions::default()
        };
        self.at = None;
        Some(Action { id, kind, parameters, transitions })
    }

    fn transitions(&mut self, value: &Value) -> Option<Transitions> {
        let object = self.object(value, "Transitions", &["NextAction", "Conditions", "Errors"])?;
        let next = object.contains_key("NextAction").then(|| self.text(object, "NextAction"));
        let mut out = Transitions { next, ..Transitions::default() };
        for value in self.list(object, "Conditions") {
            let Some(branch) = self.object(value, "a condition", &["NextAction", "Condition"]) else {
                continue;
            };
            let next = self.text(branch, "NextAction");
            let condition = branch.get("Condition").unwrap_or(&Value::Null);
            let Some(condition) = self.object(condition, "Condition", &["Operator", "Operands"]) else {
                continue;
            };
            let operator = self.text(condition, "Operator");
            let mut operands = Vec::new();
            for operand in self.list(condition, "Operands") {
                match operand.as_str() {
                    Some(operand) => operands.push(operand.to_owned()),
                    None => self.note("an operand is no text", "write numbers and truth values as texts"),
                }
            }
            out.conditions.push(Condition { next, operator, operands });
        }
        for value in self.list(object, "Errors") {
            let Some(branch) = self.object(value, "an error branch", &["NextAction", "ErrorType"]) else {
                continue;
            };
            let (next, error) = (self.text(branch, "NextAction"), self.text(branch, "ErrorType"));
            out.errors.push(ErrorBranch { next, error });
        }
        Some(out)
    }
}

impl Flow {
    /// Reads a flow file.
    ///
    /// # Errors
    /// What is not understood (V01); nothing of such a file can be checked further.
    pub fn read(file: &str, text: &str) -> Result<Flow, Vec<Finding>> {
        let mut reader = Reader { findings: Vec::new(), at: None };
        let flow = match serde_json::from_str(text) {
            Ok(value) => read(&mut reader, file, &value),
            Err(error) => {
                reader.note(format!("this is not valid JSON: {error}"), "mend the place that is named");
                None
            }
        };
        match flow {
            Some(flow) if reader.findings.is_empty() => Ok(flow),
            _ => Err(reader.findings.into_iter().map(|it| it.in_file(file)).collect()),
        }
    }
}

impl Content {
    /// Reads content as Amazon Connect answers it, without the wrapper of a file.
    ///
    /// # Errors
    /// What is not understood (V01).
    pub fn read(value: &Value) -> Result<Content, Vec<Finding>> {
        let mut reader = Reader { findings: Vec::new(), at: None };
        match reader.content(value) {
            Some(content) if reader.findings.is_empty() => Ok(content),
            _ => Err(reader.findings),
        }
    }
}

fn read(reader: &mut Reader, file: &str, value: &Value) -> Option<Flow> {
    if value.get("Actions").is_some() {
        reader.note(
            "this is content without the wrapper",
            "put it into {\"name\", \"type\", \"description\", \"channels\", \"content\"}",
        );
        return None;
    }
    let object = reader.object(value, "the file", &["name", "type", "description", "channels", "content"])?;
    let name = reader.text(object, "name");
    let description = reader.text(object, "description");
    let kind = reader.text(object, "type");
    let flow_type = FlowType::parse(&kind);
    if flow_type.is_none() && !kind.is_empty() {
        let known: Vec<&str> = FLOW_TYPES.iter().map(|(_, name)| *name).collect();
        reader.note(format!("{kind:?} is no type of flow"), format!("use {}", known.join(", ")));
    }
    let channels = reader.list(object, "channels");
    let channels: Vec<String> = channels.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if channels.is_empty() || channels.iter().any(|it| !CHANNELS.contains(&it.as_str())) {
        reader.note("channels is missing or names another", format!("list some of {}", CHANNELS.join(", ")));
    }
    let document = object.get("content").cloned().unwrap_or(Value::Null);
    let content = reader.content(&document)?;
    let file = file.to_owned();
    Some(Flow { file, name, flow_type: flow_type?, description, channels, content, document })
}
