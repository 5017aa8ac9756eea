//! Rows before and after a change, as the journal keeps them: for undo, and for changes too large for one
//! transaction, which are written down here before they are made.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use connect_rules_store::Error;

use crate::encode::without_key;
use crate::head::{Job, journal_key};
use crate::item::{Item, Place, s, size, string};
use crate::link::Link;
use crate::plan::Write;
use crate::tables::Table;

/// Bytes of one row of images.
const CHUNK: usize = 340 * 1024;

/// The part of the journal that holds the images of that identifier.
fn part(id: &str) -> String {
    format!("images#{id}")
}

/// The rows of the journal that hold these images, to be kept until that second of the epoch.
pub(crate) fn pack(id: &str, writes: &[Write], expiry: u64) -> Vec<Item> {
    let mut out = Vec::new();
    let mut list: Vec<AttributeValue> = Vec::new();
    let mut bytes = 0;
    for write in writes {
        for image in encode(write) {
            let more = size(&image);
            if bytes + more > CHUNK && !list.is_empty() {
                out.push(std::mem::take(&mut list));
                bytes = 0;
            }
            bytes += more;
            list.push(AttributeValue::M(image));
        }
    }
    out.push(list);
    let row = |(number, list)| {
        let mut row = journal_key(&part(id), number);
        row.insert("Rows".to_owned(), AttributeValue::L(list));
        row.insert("Expiry".to_owned(), AttributeValue::N(expiry.to_string()));
        row
    };
    (0..).zip(out).map(row).collect()
}

/// The images of a row: one, or two if both together would be too large.
fn encode(write: &Write) -> Vec<Item> {
    let table = write.place.table;
    let side = |item: &Option<Item>| item.as_ref().map(|item| AttributeValue::M(without_key(table, item)));
    let key = write.after.as_ref().filter(|row| row.contains_key("APIKey"));
    let key = key.map(|row| if row.contains_key("APIKeyHash") { BESIDE } else { ALONE });
    let image = |before: Option<AttributeValue>, after: Option<AttributeValue>| {
        let mut out = Item::from([("T".to_owned(), s(table.suffix()))]);
        out.extend(key.map(|key| ("Key".to_owned(), s(key))));
        out.extend(before.map(|row| ("B".to_owned(), row)));
        out.extend(after.map(|row| ("A".to_owned(), row)));
        out
    };
    let (before, after) = (side(&write.before), side(&write.after));
    let whole = image(before.clone(), after.clone());
    if size(&whole) <= CHUNK || before.is_none() || after.is_none() {
        return vec![whole];
    }
    vec![image(before, None), image(None, after)]
}

/// An image as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// The rows.
    pub write: Write,
    /// How the row holds its user's key in clear, which is not in the image.
    key: Option<String>,
}

/// The key in clear stands beside its hash.
const BESIDE: &str = "beside";
/// The row holds no hash; the one in the image stands for the key.
const ALONE: &str = "alone";

impl Image {
    /// The image of a write that is still at hand as a whole.
    pub fn whole(write: Write) -> Self {
        Image { write, key: None }
    }

    /// Whether the key in clear must be taken from the table.
    pub fn lacks_key(&self) -> bool {
        self.key.is_some()
    }

    /// The write, with the key in clear of the row that is stored.
    pub fn with_key(self, stored: Option<&Item>) -> Write {
        let mut write = self.write;
        let clear = stored.and_then(|row| row.get("APIKey"));
        if let (Some(sort), Some(row), Some(clear)) = (self.key, write.after.as_mut(), clear) {
            row.insert("APIKey".to_owned(), clear.clone());
            if sort == ALONE {
                row.remove("APIKeyHash");
                row.remove("APIKeyStart");
            }
        }
        write
    }
}

/// Reads images back, in the order they were written.
pub(crate) async fn fetch(link: &Link, job: &Job) -> Result<Vec<Image>, Error> {
    let keys = (0..job.chunks).map(|number| journal_key(&part(&job.id), number)).collect();
    let mut rows = link.batch_get(Table::Journal, keys).await?;
    if rows.len() as u64 != job.chunks {
        let place = format!("table {}, row {}", link.names.of(Table::Journal), part(&job.id));
        let message = format!("{} of {} parts are there", rows.len(), job.chunks);
        return Err(crate::faults::remote(place, connect_rules_store::RemoteFault::BadRow, message));
    }
    rows.sort_by_key(|row| crate::item::number(row, "Seq"));
    let mut at: BTreeMap<Place, usize> = BTreeMap::new();
    let mut out: Vec<Image> = Vec::new();
    for row in rows {
        let Some(AttributeValue::L(list)) = row.get("Rows").cloned() else { continue };
        for image in list {
            let AttributeValue::M(mut image) = image else { continue };
            let table = Table::ALL.into_iter().find(|table| string(&image, "T") == Some(table.suffix()));
            let Some(table) = table else { continue };
            let key = string(&image, "Key").map(str::to_owned);
            let mut side = |name| match image.remove(name) {
                Some(AttributeValue::M(row)) => Some(crate::item::in_order(row)),
                _ => None,
            };
            let (before, after) = (side("B"), side("A"));
            let Some(place) = before.as_ref().or(after.as_ref()).and_then(|row| Place::of(table, row)) else {
                continue;
            };
            if let Some(half) = at.get(&place).and_then(|at| out.get_mut(*at)) {
                half.write.after = after;
                continue;
            }
            at.insert(place.clone(), out.len());
            out.push(Image { write: Write { place, before, after }, key });
        }
    }
    Ok(out)
}
