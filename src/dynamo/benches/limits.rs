//! The figures of the outbound limits: writes of an attempt, its time beside a bare conditional write on the same store
//! and among many numbers, and rounds of sixty-four attempts at once, of which most are repeated.
//!
//! Prints one line a figure; `sqlite` and `tables` as arguments choose between them. Exits with 1 when a ratio is over
//! its limit, an attempt writes more than once, or a round lets through another number than five or counts a contact
//! twice. `CONNECT_RULES_DYNAMODB` names another server than the one that the bench brings; `ROUNDS` and `NUMBERS` set
//! how many. Tables are filled for at most `SECONDS` and up to 2 GB, and it is told how many numbers that makes.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "benches stop at the first error")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, PutRequest, ReturnValue, ReturnValuesOnConditionCheckFailure, WriteRequest,
};
use common::faulty::Faulty;
use common::{Server, client, run, shared};
use connect_rules_dynamo::item::Item;
use connect_rules_dynamo::{DynamoLimits, Names, Settings, Table, tables};
use connect_rules_engine::value::Text;
use connect_rules_limits::contract::Tally;
use connect_rules_limits::store::Step;
use connect_rules_limits::world::{Real, World as _};
use connect_rules_limits::{Call, Config, Counter, Limiter, Party, Recorder, Sqlite, Store, Touch, contract};

/// Largest ratio.
const MOST: f64 = 1.2;
const NOW: i64 = 1_800_000_000_000;
const MEASURED: i64 = 2_000;
/// Rounds that run beside each other, each at a number of its own: while one waits, another works.
const LANES: usize = 4;
/// Rows of one request.
const BATCH: usize = 25;
/// Bytes that this process may hold while a table is filled.
const MEMORY: usize = 2 << 30;

fn given(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn p50(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn touch(number: &str, at: i64) -> Touch {
    Touch::new(Party::Customer, number, &format!("contact-{at}"), NOW + at, &Config::default())
}

/// Prints a ratio; answers whether it is within its limit.
fn ratio(what: &str, of: Duration, to: Duration) -> bool {
    let ratio = of.as_secs_f64() / to.as_secs_f64();
    println!("{what}: p50 {of:?} beside {to:?}, {ratio:.2} × (at most {MOST} ×)");
    ratio <= MOST
}

/// One attempt of a window that goes on, again and again, and something else in turn: both see the same weather.
async fn beside<S: Store>(store: &S, number: &str, mut other: impl AsyncFnMut(i64)) -> (Duration, Duration) {
    // The number may be among those that are there.
    store.restart(&touch(number, 0)).await.unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for at in 1..=MEASURED {
        let attempt = touch(number, at);
        let started = Instant::now();
        assert!(matches!(store.advance(&attempt).await.unwrap(), Step::Made(_)));
        ours.push(started.elapsed());
        let started = Instant::now();
        other(at).await;
        theirs.push(started.elapsed());
    }
    (p50(&mut ours), p50(&mut theirs))
}

fn numbers(count: usize) -> impl Iterator<Item = Counter> {
    (0..count).map(|at| touch(&format!("+1{at:010}"), 0).first(None))
}

async fn rounds<S: Store + Clone + 'static>(store: S, name: &str) -> bool {
    let count = given("ROUNDS", 1_000);
    let started = Instant::now();
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..LANES {
        let mine = count / LANES + usize::from(lane < count % LANES);
        let store = store.clone();
        lanes.spawn(async move { contract::rounds(store, mine, 64, 5, &format!("{}", 206 + lane)).await });
    }
    let mut all = Tally::default();
    while let Some(done) = lanes.join_next().await {
        match done.unwrap() {
            Ok(tally) => all = all.and(tally),
            Err(error) => {
                println!("{name}: rounds of 64 attempts at once: {error}");
                return false;
            }
        }
    }
    let Tally { rounds, contacts, repeated, allowed: (least, most), doubles } = all;
    println!(
        "{name}: {rounds} rounds of 64 attempts at once under a limit of 5 in {:.1?}: {least} to {most} allowed in \
         each; {contacts} contacts, {repeated} repeated invocations, {doubles} double counts",
        started.elapsed()
    );
    rounds == count && (least, most, doubles) == (5, 5, 0)
}

async fn sqlite(folder: &std::path::Path) -> bool {
    let file = folder.join("store.db");
    let store = Arc::new(Sqlite::open(&file, 0).unwrap());
    let bare = rusqlite::Connection::open(folder.join("bare.db")).unwrap();
    bare.pragma_update(None, "journal_mode", "WAL").unwrap();
    bare.pragma_update(None, "synchronous", "NORMAL").unwrap();
    bare.execute_batch(
        "CREATE TABLE it (id TEXT PRIMARY KEY, n INTEGER, at INTEGER, who TEXT) WITHOUT ROWID;
         INSERT INTO it VALUES ('+1', 0, 0, '')",
    )
    .unwrap();
    let write = async |at: i64| {
        let mut statement = bare
            .prepare_cached(
                "UPDATE it SET n = n + 1, at = ?1, who = ?2 WHERE id = '+1' AND at < ?1 RETURNING n",
            )
            .unwrap();
        statement.query_row(rusqlite::params![at, format!("{at}")], |row| row.get::<_, i64>(0)).unwrap();
    };
    let (ours, theirs) = beside(&store, "+12065550100", write).await;
    let mut good = ratio("SQLite: an attempt beside a bare conditional write", ours, theirs);
    let count = given("NUMBERS", 1_000_000);
    store.fill(numbers(count)).unwrap();
    let few = Sqlite::open(&folder.join("few.db"), 0).unwrap();
    few.restart(&touch("+12065550100", 0)).await.unwrap();
    let other = async |at: i64| {
        few.advance(&touch("+12065550100", at)).await.unwrap();
    };
    let (many, one) = beside(&store, "+10000500000", other).await;
    good &= ratio(&format!("SQLite: an attempt among {count} numbers beside one among few"), many, one);
    good & rounds(store, "SQLite").await
}

async fn bare(client: &Client, table: &str, at: i64) {
    let n = |value: i64| AttributeValue::N(value.to_string());
    let request = client.update_item().table_name(table).key("phoneNumber", AttributeValue::S("bare".into()));
    request
        .update_expression("SET used = if_not_exists(used, :zero) + :one, touched = :at")
        .condition_expression("attribute_not_exists(phoneNumber) OR NOT (used > :many)")
        .expression_attribute_values(":zero", n(0))
        .expression_attribute_values(":one", n(1))
        .expression_attribute_values(":many", n(i64::MAX / 2))
        .expression_attribute_values(":at", n(at))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await
        .unwrap();
}

/// The tables of a new environment.
async fn environment(settings: &Settings) -> (Client, Names) {
    let names = Names::new(&settings.stage, &settings.service);
    let client = client(settings);
    tables::create(&client, &names, &[Table::Config, Table::Limits, Table::Decisions]).await.unwrap();
    (client, names)
}

/// Writes for each number of the first attempt of a window and of later ones; the decision takes two more.
async fn writes(settings: &Settings, names: &Names) -> bool {
    let counted = Faulty::new(None, 0);
    let store = DynamoLimits::new(settings.client_of(&shared(), Some(counted.client())), names);
    let limiter = Limiter::new(store, Recorder::default(), Real, Config::default());
    let mut of = Vec::new();
    for at in 0..5 {
        let before = counted.singles();
        let call = Call {
            contact: Text::from(format!("written-{at}")),
            customer: Text::from("+12065550199"),
            system: Text::from("+18005550199"),
            ..Call::default()
        };
        assert!(limiter.check(&call, Real.now() + 60_000).await.decision.allowed);
        of.push((counted.singles() - before - 2) as f64 / 2.0);
    }
    println!("tables: writes for each number of five allowed attempts: {of:?} (at most 1)");
    of.iter().all(|writes| *writes <= 1.0)
}

fn as_item(row: &Counter) -> Item {
    let serde_json::Value::Object(members) = serde_json::to_value(row).unwrap() else { unreachable!() };
    let value = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => AttributeValue::S(text),
        other => AttributeValue::N(other.to_string()),
    };
    members.into_iter().map(|(name, member)| (name, value(member))).collect()
}

/// Bytes that this process holds; none where that cannot be told.
fn held() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Puts numbers into a table until there are enough, the time is over or memory is full; answers how many.
async fn fill(client: &Client, table: &str) -> usize {
    let (enough, began) = (given("NUMBERS", 1_000_000), Instant::now());
    let most = Duration::from_secs(given("SECONDS", 60) as u64);
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..LANES {
        let (client, table) = (client.clone(), table.to_owned());
        lanes.spawn(async move {
            let rows: Vec<usize> = (lane..enough).step_by(LANES).collect();
            let mut done = 0;
            for some in rows.chunks(BATCH) {
                if began.elapsed() > most || held() > MEMORY {
                    break;
                }
                let put = |at: &usize| {
                    let row = touch(&format!("+1{at:010}"), 0).first(None);
                    let put = PutRequest::builder().set_item(Some(as_item(&row))).build().unwrap();
                    WriteRequest::builder().put_request(put).build()
                };
                let request = client.batch_write_item().request_items(&table, some.iter().map(put).collect());
                let left = request.send().await.unwrap().unprocessed_items.unwrap_or_default();
                assert!(left.is_empty(), "rows are left");
                done += some.len();
            }
            done
        });
    }
    let done = lanes.join_all().await.into_iter().sum();
    println!("tables: {done} numbers written in {:.1?}, {} MB held", began.elapsed(), held() >> 20);
    done
}

async fn dynamo() -> bool {
    let server = Server::start().await;
    let settings = server.settings();
    let (client, names) = environment(&settings).await;
    let table = names.of(Table::Limits);
    let store = DynamoLimits::new(client.clone(), &names);
    let (ours, theirs) = beside(&store, "+12065550100", async |at| bare(&client, &table, at).await).await;
    let mut good = ratio("tables: an attempt beside a bare conditional write", ours, theirs);
    good &= writes(&settings, &names).await;
    good &= rounds(store, "tables").await;
    // Two new tables, so that what the rounds left behind is in neither.
    let (many_settings, few_settings) = (server.settings(), server.settings());
    let (client, names) = environment(&many_settings).await;
    let count = fill(&client, &names.of(Table::Limits)).await;
    let many = DynamoLimits::new(client, &names);
    let (client, names) = environment(&few_settings).await;
    let few = DynamoLimits::new(client, &names);
    few.restart(&touch("+12065550100", 0)).await.unwrap();
    let other = async |at: i64| {
        few.advance(&touch("+12065550100", at)).await.unwrap();
    };
    let (many, one) = beside(&many, &format!("+1{:010}", count / 2), other).await;
    good & ratio(&format!("tables: an attempt among {count} numbers beside one among few"), many, one)
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|it| it == name);
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let mut good = true;
        if wanted("sqlite") {
            good &= sqlite(folder.path()).await;
        }
        if wanted("tables") {
            good &= dynamo().await;
        }
        assert!(good, "a figure is over its limit");
    });
}
