//! When keys were used and refused: one row of the journal, apart from the model.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_engine::value::Text;
use connect_rules_store::keys::Login;
use connect_rules_store::{Error, RemoteFault};
use jiff::Timestamp;

use crate::faults::{remote, told};
use crate::head::journal_key;
use crate::item::{Item, n, number, s, string};
use crate::link::Link;
use crate::tables::{self, Table};

const PART: &str = "logins";
/// Stands for keys that nobody has; the service takes no empty names.
const NOBODY: &str = "-";

async fn row(link: &Link) -> Result<Option<Item>, Error> {
    Ok(link.part(PART, None, true, 1, |_| true).await?.into_iter().next())
}

fn read(row: Option<&Item>) -> Vec<Login> {
    let users = row.and_then(|row| row.get("Users")).and_then(|it| it.as_m().ok());
    let login = |(user, value): (&String, &AttributeValue)| {
        let held = value.as_m().ok()?;
        let text = |name| Text::from(string(held, name).unwrap_or_default());
        Some(Login {
            user: if user == NOBODY { Text::default() } else { Text::from(user.as_str()) },
            last_used: text("LastUsed"),
            failures: number(held, "Failures").unwrap_or_default() as u32,
            last_failure: text("LastFailure"),
        })
    };
    users.into_iter().flatten().filter_map(login).collect()
}

/// All that is known.
pub(crate) async fn all(link: &Link) -> Result<Vec<Login>, Error> {
    Ok(read(row(link).await?.as_ref()))
}

/// Notes an attempt of each of these users.
pub(crate) async fn note(link: &Link, users: &[Text], accepted: bool, at: Timestamp) -> Result<(), Error> {
    let name = link.names.of(Table::Journal);
    for attempt in 0..20 {
        let old = row(link).await?;
        if old.is_none() {
            tables::create(&link.client, &link.names, &[Table::Journal]).await?;
        }
        let known = read(old.as_ref());
        let version = old.as_ref().and_then(|row| number(row, "Version")).unwrap_or_default();
        let mut held = match old.and_then(|mut row| row.remove("Users")) {
            Some(AttributeValue::M(held)) => held,
            _ => Item::new(),
        };
        for user in users {
            let old = known.iter().find(|login| login.user == *user).cloned();
            let login = Login { user: Text::clone(user), ..old.unwrap_or_default() }.after(accepted, at);
            let value = Item::from([
                ("LastUsed".to_owned(), s(&*login.last_used)),
                ("Failures".to_owned(), n(u64::from(login.failures))),
                ("LastFailure".to_owned(), s(&*login.last_failure)),
            ]);
            let user = if user.is_empty() { NOBODY } else { user };
            held.insert(user.to_owned(), AttributeValue::M(value));
        }
        let mut item = journal_key(PART, 0);
        item.insert("Version".to_owned(), n(version + 1));
        item.insert("Users".to_owned(), AttributeValue::M(held));
        let request = link.client.put_item().table_name(&name).set_item(Some(item));
        let request = if version == 0 {
            request.condition_expression("attribute_not_exists(Part)")
        } else {
            request
                .condition_expression("Version = :version")
                .expression_attribute_values(":version", n(version))
        };
        match request.send().await {
            Ok(_) => return Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                link.pause(attempt).await;
            }
            Err(error) => return Err(told(&name, "dynamodb:PutItem", &error)),
        }
    }
    Err(remote(name, RemoteFault::Throttled, "others write all the time"))
}
