//! Calls on a virtual clock, and an executor that takes one step of the store at a time.
#![allow(dead_code, clippy::unwrap_used, reason = "every test file uses some of them")]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use connect_rules_engine::compat::Compat;
use connect_rules_engine::value::Text;
use connect_rules_limits::store::{Page, Step};
use connect_rules_limits::world::Virtual;
use connect_rules_limits::{
    Call, Checked, Config, Counter, Decision, Limiter, Memory, Recorder, Store, StoreError, TaskStatus, Touch,
};

pub const CUSTOMER: &str = "+12065550100";
pub const SYSTEM: &str = "+18005550199";
/// Time that no invocation runs out of.
pub const LONG: i64 = i64::MAX;

/// The answer of a future that waits for nobody.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(out) => out,
        Poll::Pending => panic!("it waits"),
    }
}

/// Limits as the original has them.
pub fn parity(customer_limit: u32, system_limit: u32) -> Config {
    Config { customer_limit, system_limit, ..Config::of(Compat::Original) }
}

pub fn call(contact: &str, customer: &str, system: &str) -> Call {
    let text = |text: &str| Text::from(text);
    Call {
        contact: text(contact),
        initial_contact: text(contact),
        customer: text(customer),
        system: text(system),
        initiation: text("OUTBOUND"),
        ..Call::default()
    }
}

/// A limiter in memory.
pub struct Desk<S = Memory> {
    pub world: Arc<Virtual>,
    pub hand: Arc<Recorder>,
    pub limiter: Limiter<S, Arc<Recorder>, Arc<Virtual>>,
    contacts: u32,
}

impl Desk {
    pub fn new(config: Config) -> Self {
        Desk::on(Memory::default(), config, Recorder::default())
    }
}

impl<S: Store> Desk<S> {
    pub fn on(store: S, config: Config, hand: Recorder) -> Self {
        let (world, hand) = (Arc::new(Virtual::new(0, 7)), Arc::new(hand));
        let limiter = Limiter::new(store, Arc::clone(&hand), Arc::clone(&world), config);
        Desk { world, hand, limiter, contacts: 0 }
    }

    /// A call of a new contact at that millisecond.
    pub fn at(&mut self, ms: i64, customer: &str, system: &str) -> Checked {
        self.contacts += 1;
        let contact = format!("contact-{}", self.contacts);
        self.world.set(ms);
        now(self.limiter.check(&call(&contact, customer, system), LONG))
    }
}

/// `T1` for an allowed first attempt, `F5` for a blocked fifth.
pub fn short(checked: &Checked) -> String {
    let attempt = checked.decision.deciding().map_or(0, |(attempt, _)| attempt);
    format!("{}{attempt}", if checked.decision.allowed { "T" } else { "F" })
}

/// A store that lets others go first before each of its steps.
pub struct Stepping<S>(pub S);

/// Is pending once.
#[derive(Default)]
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<S: Store> Store for Stepping<S> {
    async fn config(&self) -> Result<Option<Text>, StoreError> {
        self.0.config().await
    }

    async fn claim(&self, pending: &Decision) -> Result<Option<Decision>, StoreError> {
        Turn::default().await;
        self.0.claim(pending).await
    }

    async fn take_over(&self, pending: &Decision, from: &str) -> Result<bool, StoreError> {
        Turn::default().await;
        self.0.take_over(pending, from).await
    }

    async fn decision(&self, contact: &str) -> Result<Option<Decision>, StoreError> {
        Turn::default().await;
        self.0.decision(contact).await
    }

    async fn advance(&self, touch: &Touch) -> Result<Step, StoreError> {
        Turn::default().await;
        self.0.advance(touch).await
    }

    async fn restart(&self, touch: &Touch) -> Result<Step, StoreError> {
        Turn::default().await;
        self.0.restart(touch).await
    }

    async fn finish(&self, decision: &Decision) -> Result<bool, StoreError> {
        Turn::default().await;
        self.0.finish(decision).await
    }

    async fn note_blocked(&self, key: &str, at: i64) -> Result<(), StoreError> {
        self.0.note_blocked(key, at).await
    }

    async fn note_task(&self, contact: &str, status: TaskStatus, task: &str) -> Result<bool, StoreError> {
        self.0.note_task(contact, status, task).await
    }

    async fn counter(&self, key: &str) -> Result<Option<Counter>, StoreError> {
        self.0.counter(key).await
    }

    async fn counters(
        &self,
        since: i64,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Counter>, StoreError> {
        self.0.counters(since, most, page).await
    }

    async fn decisions(
        &self,
        day: &str,
        most: usize,
        page: Option<&str>,
    ) -> Result<Page<Decision>, StoreError> {
        self.0.decisions(day, most, page).await
    }

    async fn release(&self, key: &str, updated_at: i64) -> Result<bool, StoreError> {
        self.0.release(key, updated_at).await
    }
}

type Running<'a, T> = Option<Pin<Box<dyn Future<Output = T> + 'a>>>;

/// Takes the steps of several futures in the order that `choose` gives, which gets how many are left.
pub fn interleave<'a, T>(
    futures: Vec<Pin<Box<dyn Future<Output = T> + 'a>>>,
    mut choose: impl FnMut(usize) -> usize,
) -> Vec<T> {
    let mut out: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let mut running: Vec<Running<'a, T>> = futures.into_iter().map(Some).collect();
    // Up to the first step of each, which touches no store.
    for future in running.iter_mut().flatten() {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    loop {
        let left: Vec<usize> = (0..running.len()).filter(|at| running[*at].is_some()).collect();
        if left.is_empty() {
            return out.into_iter().map(Option::unwrap).collect();
        }
        let at = left[choose(left.len())];
        let future = running[at].as_mut().unwrap();
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            out[at] = Some(answer);
            running[at] = None;
        }
    }
}

/// Runs a scene in every order of its steps; answers how many orders there were.
pub fn every_order(mut scene: impl FnMut(&mut dyn FnMut(usize) -> usize)) -> usize {
    // Choices of the present order: what was taken, of how many.
    let mut path: Vec<(usize, usize)> = Vec::new();
    let mut orders = 0;
    loop {
        let mut depth = 0;
        scene(&mut |left| {
            if depth == path.len() {
                path.push((0, left));
            }
            depth += 1;
            path[depth - 1].0
        });
        orders += 1;
        while path.last().is_some_and(|(taken, of)| taken + 1 == *of) {
            path.pop();
        }
        match path.last_mut() {
            Some((taken, _)) => *taken += 1,
            None => return orders,
        }
    }
}
