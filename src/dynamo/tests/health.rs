//! How the tables are, and how they go.

mod common;

use std::sync::Arc;

use common::{Server, client, run};
use connect_rules_cloud::gateway::{Budgets, Cause, Family, Tables as _};
use connect_rules_dynamo::{DynamoTables, Names, Settings, Table};

fn tables(settings: &Settings, budgets: &Arc<Budgets>) -> DynamoTables {
    DynamoTables::with_client(&client(settings), settings, Arc::clone(budgets))
}

#[test]
fn tables_tell_how_they_are_and_go_when_they_are_told_to() {
    run(async {
        let settings = Server::start().await.model().await;
        let budgets = Arc::new(Budgets::new(2.0, 5.0));
        let health = tables(&settings, &budgets);
        let names = Names::new(&settings.stage, &settings.service);
        let all = health.tables().await.unwrap();
        assert_eq!(all.len(), Table::ALL.len());
        let of = |table| all.iter().find(|it| it.name == names.of(table)).unwrap();
        let users = of(Table::Users);
        assert_eq!((&*users.status, users.missing_indexes.len(), users.should_expire), ("ACTIVE", 0, false));
        assert_eq!(of(Table::Journal).expires_by.as_deref(), Some("Expiry"));
        assert_eq!((&*of(Table::State).status, of(Table::State).should_expire), ("MISSING", true));
        // Twelve descriptions, and the lifetime of the one that is there and has one.
        assert_eq!(budgets.of(Family::Other).standing().calls, 13);
        // A table of the model is protected from being deleted by mistake.
        health.delete(&users.name).await.unwrap();
        let now = health.tables().await.unwrap();
        assert_eq!(now.iter().find(|it| it.name == users.name).unwrap().status, "MISSING");
        assert_eq!(health.delete(&users.name).await.unwrap_err().cause, Cause::NotFound);
    });
}

#[test]
fn tables_of_another_account_are_left_alone() {
    run(async {
        let mut settings = Server::start().await.model().await;
        settings.account = Some("999999999999".to_owned());
        let health = tables(&settings, &Arc::new(Budgets::new(2.0, 5.0)));
        let name = Names::new(&settings.stage, &settings.service).of(Table::Users);
        assert_eq!(health.tables().await.unwrap_err().cause, Cause::Credentials);
        assert_eq!(health.delete(&name).await.unwrap_err().cause, Cause::Credentials);
        settings.account = None;
        let health = tables(&settings, &Arc::new(Budgets::new(2.0, 5.0)));
        let status = |all: Vec<connect_rules_cloud::gateway::Table>| {
            all.into_iter().find(|it| it.name == name).unwrap().status
        };
        assert_eq!(status(health.tables().await.unwrap()), "ACTIVE");
    });
}
