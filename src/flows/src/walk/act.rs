//! What each type of action does (`spec/contactflows.md` 10.2).

use std::collections::BTreeMap;

use serde_json::Value;

use super::host::{Ask, Call, Dial, Dialled, Enqueued, Host, Keys, Music, Turn, Turned, Waited};
use super::values::holds;
use super::{End, Event, STEPS, Speech, Walk, WalkError};
use crate::flow::Action;
use crate::token::TokenKind;

/// The error branches that most actions have.
const FAILED: &str = "NoMatchingError";
const NO_MATCH: &str = "NoMatchingCondition";
/// What is stored when no key was pressed.
const TIMEOUT: &str = "Timeout";

/// How a flow was left.
pub(super) enum Left {
    /// For another one.
    For(String),
    /// For good.
    End(End),
}

/// What comes after an action.
enum Go {
    /// It worked.
    Next,
    /// The branch of this result: its condition, else that of no match.
    Result(String),
    /// This error.
    Error(&'static str),
    /// Another flow.
    Flow(String),
    /// The end.
    End(End),
    /// Music: goes on with the flow, and comes back when that ends.
    Interrupted,
}

impl Walk<'_> {
    /// Follows one flow until it is left.
    pub(super) fn follow<H: Host>(&mut self, flow: &str, host: &mut H) -> Result<Left, WalkError> {
        let book = self.book;
        let content = book.flows.get(flow).ok_or_else(|| WalkError::UnknownFlow(flow.to_owned()))?;
        self.events.push(Event::Flow(flow.to_owned()));
        let no_branch = |action: &Action, what: &str| {
            WalkError::NoBranch(flow.to_owned(), action.id.clone(), what.to_owned())
        };
        let mut at = content.start.as_str();
        let mut music: Option<&str> = None;
        loop {
            let Some(action) = content.action(at) else {
                let missing = Action { id: at.to_owned(), ..Action::default() };
                return Err(no_branch(&missing, "an action that does not exist"));
            };
            self.steps += 1;
            if self.steps > STEPS {
                return Err(WalkError::Steps(flow.to_owned(), at.to_owned()));
            }
            let transitions = &action.transitions;
            let go = self.act(action, host).ok_or_else(|| {
                WalkError::UnknownAction(flow.to_owned(), action.id.clone(), action.kind.clone())
            })?;
            let target = match go {
                Go::Next => transitions.next.as_deref(),
                Go::Error(error) => transitions.on_error(error),
                Go::Interrupted => {
                    music = Some(at);
                    chosen(action, "MessagesInterrupted")
                }
                Go::Result(ref value) => chosen(action, value)
                    .or_else(|| transitions.on_error(NO_MATCH))
                    .or(transitions.next.as_deref()),
                Go::Flow(name) => return Ok(Left::For(name)),
                // Music goes on where it was interrupted.
                Go::End(End::Returned) if music.is_some() => music.take(),
                Go::End(end) => return Ok(Left::End(end)),
            };
            at = target.ok_or_else(|| {
                let what = match go {
                    Go::Error(error) => error,
                    Go::Result(_) => "its result",
                    _ => "success",
                };
                no_branch(action, what)
            })?;
        }
    }

    /// Runs one action; none when its type is not known.
    fn act<H: Host>(&mut self, action: &Action, host: &mut H) -> Option<Go> {
        let error_if = |failed: bool| if failed { Go::Error(FAILED) } else { Go::Next };
        Some(match action.kind.as_str() {
            "MessageParticipant" => match self.speech(action) {
                Some(speech) => {
                    self.events.push(Event::Said(speech));
                    Go::Next
                }
                None => Go::Error(FAILED),
            },
            "MessageParticipantIteratively" => self.music(action, host),
            "GetParticipantInput" => self.input(action, host),
            "ConnectParticipantWithLexBot" => self.turn(action, host),
            "DisconnectParticipant" => Go::End(End::Disconnected),
            "EndFlowExecution" => Go::End(End::Returned),
            "TransferParticipantToThirdParty" => self.dial(action, host),
            "Compare" => Go::Result(self.parameter(action, "ComparisonValue").unwrap_or_default()),
            "CheckHoursOfOperation" => {
                let hours = self.parameter(action, "HoursOfOperationId").or_else(|| self.queue.clone());
                match hours.and_then(|it| host.is_open(&it)) {
                    Some(open) => Go::Result(if open { "True" } else { "False" }.to_owned()),
                    None => Go::Error(FAILED),
                }
            }
            "CheckMetricData" => self.check_metric(action, host),
            "GetMetricData" => {
                let queue = self.parameter(action, "QueueId").or_else(|| self.queue.clone());
                self.metrics = queue.and_then(|it| host.metrics(&it));
                error_if(self.metrics.is_none())
            }
            "TransferToFlow" => {
                let arn = self.parameter(action, "ContactFlowId").unwrap_or_default();
                match self.flow_name(&arn) {
                    Some(name) => Go::Flow(name),
                    None => Go::Error(FAILED),
                }
            }
            "TransferContactToQueue" => match self.queue.clone() {
                None => Go::Error(FAILED),
                Some(queue) => match host.enqueue(&queue) {
                    Enqueued::Waiting => Go::End(End::Queued(queue)),
                    Enqueued::Full => Go::Error("QueueAtCapacity"),
                    Enqueued::Failed => Go::Error(FAILED),
                },
            },
            "Wait" => self.wait(action, host),
            "InvokeLambdaFunction" => self.invoke(action, host),
            "UpdateContactAttributes" => error_if(!self.set_attributes(action)),
            "UpdateContactEventHooks" => error_if(!self.set_hooks(action)),
            "CreateTask" => error_if(!self.create_task(action)),
            "UpdateContactTargetQueue" => {
                // An agent has a queue of their own, which goes by the agent's ARN.
                let queue = self.parameter(action, "QueueId").or_else(|| self.parameter(action, "AgentId"));
                if let Some(queue) = &queue {
                    self.events.push(Event::Queue(queue.clone()));
                    self.queue = Some(queue.clone());
                }
                error_if(queue.is_none())
            }
            "UpdateContactRoutingBehavior" => {
                let priority = action.text("QueuePriority").unwrap_or_default();
                self.events.push(Event::Priority(priority.to_owned()));
                Go::Next
            }
            "UpdateContactCallbackNumber" => {
                let number = self.parameter(action, "CallbackNumber").filter(|it| is_number(it));
                self.callback_number.clone_from(&number);
                if number.is_some() { Go::Next } else { Go::Error("InvalidCallbackNumber") }
            }
            "CreateCallbackContact" => {
                let queue = self.parameter(action, "QueueId").or_else(|| self.queue.clone());
                let number = self.callback_number.clone();
                let noted = number.filter(|number| host.call_back(number, queue.as_deref()));
                self.events.extend(noted.clone().map(Event::Callback));
                error_if(noted.is_none())
            }
            "UpdateFlowLoggingBehavior"
            | "UpdateContactTextToSpeechVoice"
            | "UpdateContactData"
            | "UpdateContactRecordingBehavior" => {
                let mut values = Vec::new();
                for value in action.parameters.values() {
                    crate::token::texts(value, &mut |_, text| values.push(text.to_owned()));
                }
                self.events.push(Event::Set(action.kind.clone(), values));
                Go::Next
            }
            _ => return None,
        })
    }

    /// A parameter with its references filled in; none when there is nothing.
    fn parameter(&self, action: &Action, name: &str) -> Option<String> {
        action.text(name).and_then(|it| self.filled(it)).filter(|it| !it.is_empty())
    }

    /// Texts by names, both filled in; those without a value are left out.
    fn pairs(&self, action: &Action, name: &str) -> BTreeMap<String, String> {
        let pairs = action.parameters.get(name).and_then(Value::as_object);
        let pairs = pairs.into_iter().flatten();
        pairs.filter_map(|(name, value)| Some((self.filled(name)?, self.filled(value.as_str()?)?))).collect()
    }

    /// The name of the flow with an ARN, where the book has it.
    fn flow_name(&self, arn: &str) -> Option<String> {
        let name = self.book.environment.name_of(TokenKind::Flow, arn)?;
        self.book.flows.contains_key(name).then(|| name.to_owned())
    }

    fn is_voice(&self) -> bool {
        self.contact.channel == "VOICE"
    }

    /// What is to be said; none when there is nothing, or the channel cannot say it.
    fn speech(&self, action: &Action) -> Option<Speech> {
        if let Some(text) = self.parameter(action, "Text") {
            return Some(Speech::Text(text));
        }
        if !self.is_voice() {
            return None;
        }
        if let Some(text) = self.parameter(action, "SSML") {
            return Some(Speech::Ssml(text));
        }
        self.parameter(action, "PromptId").map(|arn| self.prompt(&arn))
    }

    fn prompt(&self, arn: &str) -> Speech {
        let name = self.book.environment.name_of(TokenKind::Prompt, arn).unwrap_or(arn);
        Speech::Prompt(name.to_owned())
    }

    fn music<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let parts = action.parameters.get("Messages").and_then(Value::as_array);
        let mut music = Vec::new();
        for part in parts.into_iter().flatten() {
            let text = |name: &str| part.get(name).and_then(Value::as_str).and_then(|it| self.filled(it));
            let speech = text("Text").map(Speech::Text).or_else(|| text("SSML").map(Speech::Ssml));
            music.extend(speech.or_else(|| text("PromptId").map(|arn| self.prompt(&arn))));
        }
        if !self.is_voice() || music.is_empty() {
            return Go::Error(FAILED);
        }
        self.events.push(Event::Music(music));
        let every = action.text("InterruptFrequencySeconds").and_then(|it| it.parse().ok());
        match host.music(every) {
            Music::Interrupted if every.is_some() => Go::Interrupted,
            Music::Interrupted => Go::End(End::Returned),
            Music::Answered => Go::End(End::Answered),
            Music::Failed => Go::Error(FAILED),
            Music::HungUp => Go::End(End::HungUp),
        }
    }

    fn input<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let Some(said) = self.speech(action).filter(|_| self.is_voice()) else { return Go::Error(FAILED) };
        self.events.push(Event::Said(said.clone()));
        let store = action.text("StoreInput") == Some("True");
        let number = |text: Option<&str>| text.and_then(|it| it.parse::<u32>().ok());
        let most = number(action.inner(&["InputValidation", "CustomValidation", "MaximumLength"]));
        let phone = action.parameters.get("InputValidation").and_then(|it| it.get("PhoneNumberValidation"));
        let most = if store { most.unwrap_or(20) as usize } else { 1 };
        let ends_with = action.inner(&["DTMFConfiguration", "InputTerminationSequence"]);
        let seconds = number(action.text("InputTimeLimitSeconds")).unwrap_or(5);
        let keys = match host.keys(&Ask { said: &said, seconds, most, ends_with }) {
            Keys::HungUp => return Go::End(End::HungUp),
            Keys::Silence => String::new(),
            Keys::Pressed(keys) => {
                let keys =
                    ends_with.and_then(|end| keys.split_once(end)).map_or(keys.as_str(), |(keys, _)| keys);
                let cancels =
                    store && action.inner(&["DTMFConfiguration", "DisableCancelKey"]) != Some("True");
                let keys = if cancels { keys.rsplit('*').next().unwrap_or_default() } else { keys };
                keys.chars().take(most).collect()
            }
        };
        match (store, keys.is_empty()) {
            (true, true) => self.stored = Some(TIMEOUT.to_owned()),
            (false, true) => return Go::Error("InputTimeLimitExceeded"),
            (false, false) => return Go::Result(keys),
            (true, false) if phone.is_some() => {
                let country = action.inner(&["InputValidation", "PhoneNumberValidation", "CountryCode"]);
                match host.phone(&keys, country) {
                    Some(number) => self.stored = Some(number),
                    None => return Go::Error("InvalidPhoneNumber"),
                }
            }
            (true, false) => self.stored = Some(keys),
        }
        Go::Next
    }

    fn turn<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let bot = action.inner(&["LexV2Bot", "AliasArn"]).and_then(|it| self.filled(it));
        let (Some(bot), Some(said)) = (bot, self.speech(action)) else { return Go::Error(FAILED) };
        // A blank only opens the conversation: everything was said before.
        let said = Some(said).filter(|it| !it.to_string().trim().is_empty());
        self.events.extend(said.clone().map(Event::Said));
        let session = self.pairs(action, "LexSessionAttributes");
        let name = self.book.environment.name_of(TokenKind::Bot, &bot);
        let turn = Turn { bot: &bot, name, said: said.as_ref(), session: &session };
        self.lex = None;
        match host.turn(&turn) {
            Turned::Heard { intent, confidence, slots } => {
                self.lex = Some((intent.clone(), confidence, slots));
                Go::Result(intent)
            }
            Turned::Failed => Go::Error(FAILED),
            Turned::Silence => Go::Error("InputTimeLimitExceeded"),
            Turned::HungUp => Go::End(End::HungUp),
        }
    }

    fn dial<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let number = self.parameter(action, "ThirdPartyPhoneNumber").filter(|_| self.is_voice());
        let Some(number) = number else { return Go::Error(FAILED) };
        let seconds = action.text("ThirdPartyConnectionTimeLimitSeconds").and_then(|it| it.parse().ok());
        let resumes = action.text("ContinueFlowExecution") == Some("True");
        let keys = self.parameter(action, "ThirdPartyDTMFDigits");
        let dial = Dial { number: number.clone(), keys, seconds: seconds.unwrap_or(30), resumes };
        match host.dial(&dial) {
            Dialled::Returned if resumes => Go::Next,
            Dialled::Returned | Dialled::Gone => Go::End(End::Transferred(number)),
            Dialled::TimedOut if resumes => Go::Error("ConnectionTimeLimitExceeded"),
            Dialled::Failed if resumes => Go::Error("CallFailed"),
            Dialled::TimedOut | Dialled::Failed => Go::Error(FAILED),
        }
    }

    fn check_metric<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let queue = self.parameter(action, "QueueId").or_else(|| self.queue.clone());
        let Some(metrics) = queue.and_then(|it| host.metrics(&it)) else { return Go::Error(FAILED) };
        let number = match action.text("MetricType").unwrap_or_default() {
            "NumberOfAgentsAvailable" => metrics.available,
            "NumberOfAgentsStaffed" => metrics.staffed,
            "NumberOfAgentsOnline" => metrics.online,
            "NumberOfContactsInQueue" => metrics.size,
            _ => metrics.oldest_seconds,
        };
        Go::Result(number.unwrap_or(0).to_string())
    }

    fn wait<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let seconds = self.parameter(action, "TimeLimitSeconds").and_then(|it| it.parse().ok());
        let Some(seconds) = seconds.filter(|_| self.contact.channel == "CHAT") else {
            return Go::Error(FAILED);
        };
        match host.wait(seconds) {
            Waited::Completed => Go::Result("WaitCompleted".to_owned()),
            Waited::Returned => Go::Result("CustomerReturned".to_owned()),
            Waited::Failed => Go::Error(FAILED),
            Waited::HungUp => Go::End(End::HungUp),
        }
    }

    fn invoke<H: Host>(&mut self, action: &Action, host: &mut H) -> Go {
        let arn = self.parameter(action, "LambdaFunctionARN").unwrap_or_default();
        let environment = &self.book.environment;
        let function = environment.name_of(TokenKind::Lambda, &arn).unwrap_or(&arn).to_owned();
        let parameters = self.pairs(action, "LambdaInvocationAttributes");
        let seconds = action.text("InvocationTimeLimitSeconds").and_then(|it| it.parse().ok());
        let queue =
            self.queue.as_deref().map(|arn| (environment.name_of(TokenKind::Queue, arn).unwrap_or(""), arn));
        let answer = host.invoke(&Call {
            function: &function,
            parameters: &parameters,
            seconds: seconds.unwrap_or(3),
            contact: &self.contact,
            queue,
        });
        // Amazon Connect takes only flat maps of texts.
        let texts = |answer: serde_json::Map<String, Value>| {
            let text = |(key, value): (String, Value)| Some((key, value.as_str()?.to_owned()));
            answer.into_iter().map(text).collect::<Option<BTreeMap<_, _>>>()
        };
        let answer = answer.ok().and_then(texts);
        let asked = parameters.get("action").cloned().unwrap_or_default();
        self.events.push(Event::Called { function, action: asked, worked: answer.is_some() });
        match answer {
            Some(answer) => {
                self.external = answer;
                Go::Next
            }
            None => Go::Error(FAILED),
        }
    }

    /// Sets all attributes, or none when a name is missing or cannot be one.
    fn set_attributes(&mut self, action: &Action) -> bool {
        let given = action.parameters.get("Attributes").and_then(Value::as_object);
        let mut set = BTreeMap::new();
        for (name, value) in given.into_iter().flatten() {
            let fits = |it: &String| {
                !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            };
            let Some(name) = self.filled(name).filter(fits) else { return false };
            set.insert(name, value.as_str().and_then(|it| self.filled(it)).unwrap_or_default());
        }
        self.contact.attributes.extend(set.clone());
        self.events.push(Event::Attributes(set));
        true
    }

    /// Makes a task whose flow the book has.
    fn create_task(&mut self, action: &Action) -> bool {
        let flow = self.parameter(action, "ContactFlowId").and_then(|arn| self.flow_name(&arn));
        let (Some(flow), Some(name)) = (flow, self.parameter(action, "Name")) else { return false };
        let description = self.parameter(action, "Description").unwrap_or_default();
        let attributes = self.pairs(action, "Attributes");
        self.events.push(Event::Task { flow, name, description, attributes });
        true
    }

    fn set_hooks(&mut self, action: &Action) -> bool {
        let hooks = action.parameters.get("EventHooks").and_then(Value::as_object);
        for (event, arn) in hooks.into_iter().flatten() {
            let name = arn.as_str().and_then(|it| self.filled(it)).and_then(|it| self.flow_name(&it));
            let Some(name) = name else { return false };
            self.events.push(Event::Hook(event.clone(), name.clone()));
            self.hooks.insert(event.clone(), name);
        }
        true
    }
}

/// Where the first condition leads that a result fulfils.
fn chosen<'a>(action: &'a Action, value: &str) -> Option<&'a str> {
    let fits =
        |it: &&crate::flow::Condition| it.operands.iter().any(|operand| holds(&it.operator, value, operand));
    action.transitions.conditions.iter().find(fits).map(|it| it.next.as_str())
}

/// Whether a text can be a telephone number: an optional plus sign and 6 to 15 digits.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}
