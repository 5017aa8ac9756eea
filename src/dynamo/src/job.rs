//! Writing the rows of a decided change (see the crate's page).

use connect_rules_engine::value::Text;
use connect_rules_store::{Error, RemoteFault};

use crate::commit::{BYTES, MOST, mark_row, next_mark};
use crate::faults::remote;
use crate::head::{Head, Job, PART, journal_key};
use crate::images::Image;
use crate::item::{Item, Place, n, s, size};
use crate::link::{Link, Outcome};
use crate::plan::Write;
use crate::requests::{Condition, put, update, write};
use crate::state::stored_mark;
use crate::tables::Table;

/// Times that a part is tried while others write.
const ATTEMPTS: u32 = 20;

fn busy(link: &Link) -> Error {
    remote(link.names.of(Table::Journal), RemoteFault::Throttled, "others write all the time")
}

/// Writes the rows of a decided change and ends the job. Several programs may do so at once: each part is
/// fenced by the head, and rows are written as they were decided, so nothing is done twice.
///
/// # Errors
/// [`Error::Remote`]; what is left is done by whoever comes next.
pub(crate) async fn roll_forward(link: &Link, job: &Job, images: Vec<Image>) -> Result<(), Error> {
    let writes = with_keys(link, images).await?;
    for (done, part) in parts(&writes) {
        let values = Item::from([(":job".to_owned(), s(&*job.id)), (":done".to_owned(), n(done as u64))]);
        let fence = update(link, journal_key(PART, 0), "SET Done = :done", Some("Job = :job"), values)?;
        let mut items = vec![fence];
        for row in part {
            items.push(write(link, row)?);
        }
        let mut attempt = 0;
        while link.transact(items.clone()).await? != Outcome::Done {
            attempt += 1;
            if link.pair().await?.0.job.as_ref() != Some(job) {
                return Ok(());
            }
            if attempt == ATTEMPTS {
                return Err(busy(link));
            }
            link.pause(attempt).await;
        }
    }
    end(link, job).await
}

/// The writes of images, with keys in clear as they are stored.
async fn with_keys(link: &Link, images: Vec<Image>) -> Result<Vec<Write>, Error> {
    let users: Vec<Place> =
        images.iter().filter(|image| image.lacks_key()).map(|image| image.write.place.clone()).collect();
    let stored = link.at(&users).await?;
    let whole = |image: Image| {
        let row = stored.get(&image.write.place);
        image.with_key(row)
    };
    Ok(images.into_iter().map(whole).collect())
}

/// Parts that fit a transaction, each with the number of rows done after it. The rows of a rule set stay
/// together where they fit.
fn parts(writes: &[Write]) -> Vec<(usize, &[Write])> {
    let bytes = |rows: &[Write]| rows.iter().filter_map(|row| row.after.as_ref()).map(size).sum::<usize>();
    let fits = |rows: &[Write]| rows.len() < MOST && bytes(rows) <= BYTES;
    let mut out = Vec::new();
    let (mut start, mut end) = (0, 0);
    while end < writes.len() {
        let same = |row: &&Write| writes.get(end).is_some_and(|it| it.place.hash == row.place.hash);
        let run = writes.get(end..).map_or(1, |rest| rest.iter().take_while(same).count()).max(1);
        let whole = writes.get(end..end + run).is_some_and(fits);
        let next = end + if whole { run } else { 1 };
        if end > start && !writes.get(start..next).is_some_and(fits) {
            out.extend(writes.get(start..end).map(|part| (end, part)));
            start = end;
        }
        end = next;
    }
    out.extend(writes.get(start..end).filter(|part| !part.is_empty()).map(|part| (end, part)));
    out
}

/// Takes the job out of the head and moves the change mark.
async fn end(link: &Link, job: &Job) -> Result<(), Error> {
    for attempt in 0..ATTEMPTS {
        let (head, row) = link.pair().await?;
        if head.job.as_ref() != Some(job) {
            return Ok(());
        }
        // Somebody else moved the mark meanwhile: whoever saw that must see this too.
        let seen = [&*head.mark, &*head.prev].contains(&stored_mark(row.as_ref()));
        let mark =
            if seen { Text::clone(&head.mark) } else { next_mark([&head.mark, stored_mark(row.as_ref())]) };
        let next = Head { version: head.version + 1, mark: Text::clone(&mark), job: None, ..head.clone() };
        let still = Condition {
            text: Some("Version = :version AND Job = :job".to_owned()),
            names: None,
            values: Some(Item::from([
                (":version".to_owned(), n(head.version)),
                (":job".to_owned(), s(&*job.id)),
            ])),
        };
        let items = vec![
            put(link, Table::Journal, next.write(), Some(still))?,
            put(
                link,
                Table::Config,
                mark_row(row.as_ref(), &mark),
                Some(Condition::is(row.as_ref(), Table::Config)),
            )?,
        ];
        if link.transact(items).await? == Outcome::Done {
            return Ok(());
        }
        link.pause(attempt).await;
    }
    Err(busy(link))
}
