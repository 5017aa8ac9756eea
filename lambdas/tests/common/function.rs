//! A deployed function: its program, on a server that speaks Lambda's Runtime API.

use super::http::{self, Message};
use serde_json::Value;
use std::process::Stdio;
use std::sync::{Arc, Mutex as Plain, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// What a function is given for one invocation unless told otherwise.
pub const TIME: Duration = Duration::from_secs(7);

/// An answer, or type and text of an error.
pub type Answer = Result<Value, (String, String)>;

/// A running function.
pub struct Function {
    events: Sender<(String, u128)>,
    answers: Receiver<Answer>,
    lines: Arc<Plain<Vec<String>>>,
    child: Child,
    started: Instant,
    first_poll: Arc<OnceLock<Instant>>,
}

/// What the server does: events in the order in which they come, answers to whoever waits for them.
async fn api(
    request: Message,
    events: Arc<Mutex<Receiver<(String, u128)>>>,
    answers: Sender<Answer>,
) -> Message {
    if request.path().ends_with("/invocation/next") {
        let Some((event, deadline)) = events.lock().await.recv().await else {
            return std::future::pending().await;
        };
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            ("lambda-runtime-deadline-ms", &*deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:ap-southeast-2:1:function:it"),
        ];
        return Message::answer(200, &headers, &event);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let failed = request.path().ends_with("/error");
    let answer = if failed { Err((text("errorType"), text("errorMessage"))) } else { Ok(body) };
    let _ = answers.send(answer).await;
    Message::answer(202, &[], "")
}

impl Function {
    /// Starts a program with these variables and what every function has.
    pub async fn start(program: &str, variables: &[(&str, &str)]) -> Self {
        let (events, waiting) = mpsc::channel(1);
        let (tell, answers) = mpsc::channel(1);
        let waiting = Arc::new(Mutex::new(waiting));
        let first_poll = Arc::new(OnceLock::new());
        let polled = Arc::clone(&first_poll);
        let address = http::serve(move |request| {
            if request.path().ends_with("/next") {
                polled.get_or_init(Instant::now);
            }
            api(request, Arc::clone(&waiting), tell.clone())
        })
        .await;
        let started = Instant::now();
        let mut child = Command::new(program)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "it")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "ap-southeast-2")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = Arc::new(Plain::new(Vec::new()));
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let kept = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok(Some(line)) = out.next_line().await {
                kept.lock().unwrap().push(line);
            }
        });
        Function { events, answers, lines, child, started, first_poll }
    }

    /// Invokes the function.
    pub async fn ask(&mut self, event: &str) -> Answer {
        self.ask_within(event, TIME).await
    }

    /// Invokes the function with so much time until its deadline.
    pub async fn ask_within(&mut self, event: &str, time: Duration) -> Answer {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        self.events.send((event.to_owned(), (now + time).as_millis())).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(30), self.answers.recv()).await;
        answer.unwrap_or_else(|_| panic!("no answer to {event}")).unwrap()
    }

    /// How long the program took until it asked for its first event; none if it has not yet.
    pub fn init(&self) -> Option<Duration> {
        Some(*self.first_poll.get()? - self.started)
    }

    /// How long ago the program was started.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Lines of the log so far, as one text.
    pub fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Most memory that the program had so far, in MB; 0 where the system does not tell.
    pub fn most_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id().unwrap_or_default());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    }

    /// Whether the program has ended by itself; how, if so.
    pub async fn ended(&mut self, time: Duration) -> Option<bool> {
        let status = tokio::time::timeout(time, self.child.wait()).await.ok()?;
        Some(status.unwrap().success())
    }
}
