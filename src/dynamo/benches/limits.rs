//! The figures of the outbound limits: requests of an attempt, its time beside a bare conditional write on the same
//! store, with a million numbers, and rounds of sixty-four attempts at once.
//!
//! Prints one line a figure; `sqlite` and `tables` as arguments choose between them. Exits with 1 when a ratio is over
//! its limit or a round lets through another number than five. `CONNECT_RULES_DYNAMODB` names another server than the
//! one that the bench brings; `ROUNDS` and `NUMBERS` set how many.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "benches stop at the first error")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use common::{Server, client, run};
use connect_rules_dynamo::{DynamoLimits, Names, Table, tables};
use connect_rules_limits::store::Step;
use connect_rules_limits::{Config, Counter, Party, Sqlite, Store, Touch, contract};

/// Largest ratio.
const MOST: f64 = 1.2;
const NOW: i64 = 1_800_000_000_000;
const MEASURED: i64 = 2_000;

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

async fn rounds<S: Store + Clone + 'static>(store: S, name: &str, prefix: &str) -> bool {
    let count = given("ROUNDS", 1_000);
    let started = Instant::now();
    let done = contract::rounds(store, count, 64, 5, prefix).await;
    let outcome = done.as_ref().map_or_else(ToString::to_string, |()| "five allowed in each".to_owned());
    println!("{name}: {count} rounds of 64 attempts at once in {:.1?}: {outcome}", started.elapsed());
    done.is_ok()
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
    good & rounds(store, "SQLite", "206").await
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

async fn dynamo() -> bool {
    let settings = Server::start().await.settings();
    let names = Names::new(&settings.stage, &settings.service);
    let (client, table) = (client(&settings), names.of(Table::Limits));
    tables::create(&client, &names, &[Table::Config, Table::Limits, Table::Decisions]).await.unwrap();
    let store = DynamoLimits::new(client.clone(), &names);
    let (ours, theirs) = beside(&store, "+12065550100", async |at| bare(&client, &table, at).await).await;
    let good = ratio("tables: an attempt beside a bare conditional write", ours, theirs);
    good & rounds(store, "tables", "206").await
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
