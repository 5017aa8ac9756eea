//! The contract on the stores of this crate, and sixty-four attempts at once.
#![allow(clippy::unwrap_used, reason = "a test ends at the first error")]

use std::sync::Arc;

use connect_rules_limits::contract::Tally;
use connect_rules_limits::legacy::Legacy;
use connect_rules_limits::{Memory, Sqlite, Store as _, contract};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(test);
}

#[test]
fn stores_keep_the_contract() {
    run(async {
        contract::run(&Memory::default()).await.unwrap();
        contract::run(&Sqlite::in_memory().unwrap()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        contract::run(&Sqlite::open(&folder.path().join("store.db"), 0).unwrap()).await.unwrap();
    });
}

#[test]
fn sixty_four_at_once_let_five_through_on_every_store() {
    run(async {
        contract::rounds(Arc::new(Memory::default()), 200, 64, 5, "206").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        contract::rounds(Arc::new(Sqlite::open(&file, 0).unwrap()), 20, 64, 5, "206").await.unwrap();
    });
}

#[test]
fn rounds_tell_what_they_came_to_and_find_out_who_counts_twice() {
    run(async {
        let tally = contract::rounds(Arc::new(Memory::default()), 3, 8, 5, "206").await.unwrap();
        let wanted = Tally { rounds: 3, contacts: 24, repeated: 36, allowed: (5, 5), doubles: 0 };
        assert_eq!(tally, wanted);
        // The original counts every invocation.
        let error = contract::rounds(Arc::new(Legacy::default()), 1, 8, 5, "206").await.unwrap_err();
        assert!(error.to_string().contains("12 double"), "{error}");
    });
}

#[test]
fn two_programs_share_a_file_that_only_its_owner_reads() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let open = || Arc::new(Sqlite::open(&file, 0).unwrap());
        let (one, two) = (open(), open());
        let runs = [one, two].map(|store| tokio::spawn(contract::rounds(store, 5, 32, 5, "206")));
        // The same contacts at the same numbers: whoever is first counts.
        for run in runs {
            run.await.unwrap().unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let later = Sqlite::open(&file, 4_000_000_000_000).unwrap();
        assert!(later.counters(0, 10, None).await.unwrap().rows.is_empty(), "rows expire");
    });
}
