//! The cache: what the store knows of the instance, how old that is, and reading it anew (`spec/admin.md` 7).

use connect_rules_engine::problem::Problem;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::errors::Error;
use connect_rules_store::service::settings::REFRESHED;
use connect_rules_store::service::{Action, Plan};
use connect_rules_store::{Actor, Change, ConfigRow, Entity, Key, Kind, Operation, Service, Snapshot, Store};
use jiff::Timestamp;

use crate::gateway::{CallError, Cloud, Section};
use crate::health::Observer;
use crate::instance::{Instance, Sort};
use crate::local::{Import, Preview, What};

/// Older than this is stale.
pub const FRESH_HOURS: i64 = 2;

impl Section {
    /// The sort of things in it.
    pub fn sort(self) -> Sort {
        Sort::ALL.into_iter().find(|it| it.list() == self.key()).unwrap_or(Sort::Hours)
    }

    /// The section with this key.
    pub fn parse(key: &str) -> Option<Section> {
        Section::ALL.into_iter().find(|it| it.key().eq_ignore_ascii_case(key))
    }
}

/// How the cache stands for a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The section.
    pub section: Section,
    /// How many things it has; none where nothing was ever said about it.
    pub things: Option<usize>,
    /// When it was read, or written otherwise.
    pub at: Option<Timestamp>,
}

impl Standing {
    /// How old it is, in seconds.
    pub fn age(&self, now: Timestamp) -> Option<i64> {
        self.at.map(|at| (now.as_second() - at.as_second()).max(0))
    }

    /// Whether it is missing or too old.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.things.is_none() || self.age(now).is_none_or(|age| age > FRESH_HOURS * 3600)
    }
}

/// How old something is, in words.
pub fn told(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How the cache stands, section by section.
pub fn standing(now: &Snapshot) -> Vec<Standing> {
    let instance = Instance::of(now);
    let read = now.config.iter().find(|row| &*row.key == REFRESHED).map(|row| row.value.clone());
    let time = |text: &str| text.parse::<Timestamp>().ok();
    Section::ALL
        .into_iter()
        .map(|section| {
            let sort = section.sort();
            let refreshed = read.as_ref().and_then(|it| time(it.member(section.key()).as_str()?));
            let stamp = now.stamps.get(&Key::new(Kind::Config, sort.row()));
            let written = stamp.and_then(|it| time(&it.updated_at));
            Standing {
                section,
                things: instance.tells(sort).then(|| instance.list(sort).len()),
                at: refreshed.max(written),
            }
        })
        .collect()
}

/// What was read of a section.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The section.
    pub section: Section,
    /// Its things; or why they could not be read.
    pub things: Result<Vec<Value>, CallError>,
}

/// Reads sections, one after the other; one that fails does not keep the others back. Nothing is written.
pub async fn read(cloud: &Cloud, sections: &[Section], observer: &Observer) -> Vec<Read> {
    let mut out = Vec::new();
    for (done, section) in sections.iter().copied().enumerate() {
        if observer.is_cancelled() {
            break;
        }
        let total = sections.len();
        observer.tell(done, total, section.name());
        let counted = |count: usize| observer.tell(done, total, format!("{}: {count}", section.name()));
        out.push(Read { section, things: cloud.connect.section(section, &counted).await });
    }
    out
}

/// Takes over what was read: what is new, changed and gone, and when it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Refresh {
    import: Import,
    sections: Vec<Section>,
    at: Timestamp,
}

impl Refresh {
    /// What was read at that time; sections that could not be read stay as they are.
    ///
    /// # Errors
    /// Nothing could be read, or something of it is of another form.
    pub fn new(read: &[Read], at: Timestamp) -> Result<Self, Vec<Problem>> {
        let mut document = Map::new();
        let mut sections = Vec::new();
        for it in read {
            if let Ok(things) = &it.things {
                document.insert(it.section.key(), things.clone().into());
                sections.push(it.section);
            }
        }
        Ok(Refresh { import: Import::new(&document.into())?, sections, at })
    }

    /// As [`Refresh::new`], of a document that holds all sections.
    ///
    /// # Errors
    /// Something of it is of another form.
    pub fn of(document: &Value, at: Timestamp) -> Result<Self, Vec<Problem>> {
        Ok(Refresh { import: Import::new(document)?, sections: Section::ALL.to_vec(), at })
    }

    /// What it would change.
    pub fn preview(&self, now: &Snapshot) -> Preview {
        self.import.preview(now)
    }
}

impl Action for Refresh {
    fn operation(&self) -> Operation {
        Operation::RefreshCache
    }

    fn plan(&self, now: &Snapshot, actor: &Actor) -> Result<Plan, Error> {
        let mut plan = self.import.plan(now, actor)?;
        plan.title = plan.title.replacen("import Connect data", "refresh the cache", 1);
        let old = now.config.iter().find(|row| &*row.key == REFRESHED).map(|row| row.value.clone());
        let mut times = old.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        for section in &self.sections {
            times.insert(section.key(), self.at.to_string().into());
        }
        let entity = Entity::Config(ConfigRow { key: Text::from(REFRESHED), value: times.into() });
        plan.changes.push(Change::Put { expected: now.rev(Kind::Config, REFRESHED), entity });
        Ok(plan)
    }
}

/// What became of a section.
#[derive(Clone, Debug, PartialEq)]
pub struct Refreshed {
    /// The section.
    pub section: Section,
    /// Things that were read; or why they could not be.
    pub read: Result<usize, CallError>,
    /// New ones.
    pub added: usize,
    /// Ones that are gone.
    pub removed: usize,
    /// Ones of another name.
    pub renamed: usize,
    /// Ones that are otherwise different.
    pub changed: usize,
}

/// What came of a refresh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// Section by section.
    pub sections: Vec<Refreshed>,
    /// Rules that name what is gone, and what else is worth knowing.
    pub notes: Vec<Problem>,
    /// It was cancelled: nothing was written.
    pub cancelled: bool,
}

/// What reading would change, and what is worth knowing about it.
pub fn compared(read: &[Read], refresh: &Refresh, now: &Snapshot) -> Done {
    let preview = refresh.preview(now);
    let sections = read.iter().map(|it| {
        let sort = it.section.sort().to_string();
        let count = |is: fn(&What) -> bool| {
            preview.things.iter().filter(|(of, _, what)| *of == sort && is(what)).count()
        };
        Refreshed {
            section: it.section,
            read: it.things.as_ref().map(Vec::len).map_err(Clone::clone),
            added: count(|it| matches!(it, What::Add)),
            removed: count(|it| matches!(it, What::Remove)),
            renamed: count(|it| matches!(it, What::Rename(..))),
            changed: count(|it| matches!(it, What::Change(_))),
        }
    });
    Done { sections: sections.collect(), notes: preview.notes.clone(), cancelled: false }
}

/// Reads sections and takes over what could be read, as one change of the store.
///
/// # Errors
/// The store refuses it, or what was read is of another form.
pub async fn refresh<S: Store>(
    cloud: &Cloud,
    service: &Service<S>,
    actor: &Actor,
    sections: &[Section],
    observer: &Observer,
) -> Result<Done, Error> {
    actor.check(Operation::RefreshCache)?;
    let read = read(cloud, sections, observer).await;
    if observer.is_cancelled() {
        return Ok(Done { cancelled: true, ..Done::default() });
    }
    let now = service.snapshot().await?;
    if read.iter().all(|it| it.things.is_err()) {
        let failed = |it: &Read| Refreshed {
            section: it.section,
            read: it.things.as_ref().map(Vec::len).map_err(Clone::clone),
            added: 0,
            removed: 0,
            renamed: 0,
            changed: 0,
        };
        return Ok(Done { sections: read.iter().map(failed).collect(), ..Done::default() });
    }
    let refresh = Refresh::new(&read, Timestamp::now()).map_err(|problems| Error::Invalid {
        kind: Kind::Config,
        name: Text::from("instance"),
        problems,
    })?;
    let done = compared(&read, &refresh, &now);
    service.run(actor, &refresh).await?;
    Ok(done)
}
