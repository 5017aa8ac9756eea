//! The local instance on a store: what is added, refused, found in use, imported and undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use connect_rules_cloud::Sort;
use connect_rules_cloud::instance::{Instance, Item, name_of, set, shown};
use connect_rules_cloud::local::{AddItem, EditItem, Import, RemoveItems};
use connect_rules_engine::json;
use connect_rules_engine::value::{Map, Text, Value};
use connect_rules_store::exchange::{ImportRuleSets, Mode};
use connect_rules_store::service::Action;
use connect_rules_store::service::settings::SetConfig;
use connect_rules_store::{Actor, Error, Kind, Role, Service, Snapshot, SqliteStore};
use proptest::prelude::*;

const DEMO: &str = include_str!("../../../data/demo/connect.json");

fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut context) {
            return out;
        }
        std::thread::yield_now();
    }
}

struct Shop(Service<SqliteStore>);

impl Shop {
    fn new() -> Self {
        Shop(Service::new(SqliteStore::in_memory().unwrap()))
    }

    fn demo() -> Self {
        let shop = Shop::new();
        shop.run(&Import::new(&json::parse(DEMO).unwrap()).unwrap()).unwrap();
        shop
    }

    fn run(&self, action: &impl Action) -> Result<(), Error> {
        wait(self.0.run(&Actor::local("olga"), action)).map(|_| ())
    }

    fn now(&self) -> Snapshot {
        Snapshot::clone(&wait(self.0.snapshot()).unwrap())
    }

    fn instance(&self) -> Instance {
        Instance::of(&self.now())
    }

    /// Adds a thing from `field=value` texts.
    fn add(&self, sort: Sort, fields: &[(&str, &str)]) -> Result<Map, Error> {
        let mut document = Map::new();
        for (name, text) in fields {
            set(&self.instance(), sort, &mut document, name, text).unwrap();
        }
        self.run(&AddItem { sort, document: document.clone() })?;
        Ok(self.instance().get(sort, &name_of(sort, &document)).unwrap().clone())
    }

    fn edit(&self, sort: Sort, name: &str, field: &str, text: &str) -> Result<(), Error> {
        let base = self.instance().get(sort, name).unwrap().clone();
        let mut document = base.clone();
        set(&self.instance(), sort, &mut document, field, text).unwrap();
        self.run(&EditItem { sort, base, document })
    }

    fn document(&self) -> Map {
        Instance::export(&self.now())
    }

    fn rule(&self, set: &str, rule: &str) {
        let text = format!(r#"[{{"name":"{set}","enabled":true,"endPoints":[],"rules":[{rule}]}}]"#);
        self.run(&ImportRuleSets::file("rules.json".to_owned(), text, Mode::Add)).unwrap();
    }
}

fn places(error: &Error) -> Vec<String> {
    match error {
        Error::Invalid { problems, .. } => problems.iter().map(|it| it.place.clone()).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn the_demo_comes_in_and_goes_out_as_it_was() {
    let shop = Shop::demo();
    let (want, got) = (json::parse(DEMO).unwrap(), Value::from(shop.document()));
    for (name, value) in want.as_object().unwrap() {
        let mut value = value.clone();
        if &**name == "holidays" {
            // Identifiers are those of the store.
            let bare = value.as_array().unwrap().iter().map(|it| {
                let mut it = it.as_object().unwrap().clone();
                it.remove("holidayId");
                Value::from(it)
            });
            value = bare.collect::<Vec<_>>().into();
        }
        assert_eq!(got.member(name), value, "{name}");
    }
    let again = Import::new(&got).unwrap().preview(&shop.now());
    assert_eq!(again.things, []);
    for sort in Sort::ALL {
        assert_eq!(shop.instance().items(sort).count(), shop.instance().list(sort).len(), "{sort}");
    }
}

#[test]
fn things_are_added_with_the_same_identifiers_every_time_and_can_be_undone() {
    let make = || {
        let shop = Shop::new();
        shop.add(
            Sort::Hours,
            &[("Name", "Office"), ("Timezone", "Europe/Paris"), ("Config", "MON-FRI 9:00-17:30")],
        )
        .unwrap();
        let queue = shop.add(Sort::Queue, &[("Name", "Sales"), ("HoursOfOperationId", "Office")]).unwrap();
        (shop, queue)
    };
    let (shop, queue) = make();
    assert_eq!(make().1, queue);
    assert!(queue.get("Arn").unwrap().text().ends_with(&*queue.get("Id").unwrap().text()));
    assert_eq!(queue.get("Status"), Some(&Value::from("ENABLED")));
    let bot = shop.add(Sort::Bot, &[("Name", "dev-rules-engine-yesno")]).unwrap();
    assert_eq!(bot.get("SimpleName"), Some(&Value::from("yesno")));
    shop.run(&AddItem {
        sort: Sort::Function,
        document: [("Name", Value::from("echo"))].into_iter().collect(),
    })
    .unwrap();
    let catalogue = connect_rules_store::service::catalogue(&shop.now());
    assert!(catalogue.function("echo").is_some() && catalogue.bot("yesno").is_some());
    assert!(catalogue.queue("Sales").is_some() && catalogue.operating_hours.len() == 1);
    // After a rename the name is free, and so must be the identifier of the next of that name.
    shop.edit(Sort::Queue, "Sales", "Name", "Offers").unwrap();
    let next = shop.add(Sort::Queue, &[("Name", "Sales"), ("HoursOfOperationId", "Office")]).unwrap();
    assert_ne!(next.get("Id"), queue.get("Id"));
    wait(shop.0.undo(&Actor::local("olga"))).unwrap();
    assert!(shop.instance().get(Sort::Queue, "Sales").is_none());
}

#[test]
fn what_connect_would_refuse_is_refused_with_its_field() {
    let shop = Shop::demo();
    let refused = |sort, fields: &[(&str, &str)]| places(&shop.add(sort, fields).unwrap_err());
    let hours = |zone, config| refused(Sort::Hours, &[("Name", "H"), ("Timezone", zone), ("Config", config)]);
    let of = |sort, name: &str| shop.instance().get(sort, name).unwrap().get("Id").unwrap().text();
    assert_eq!(refused(Sort::Queue, &[("Name", "Sales")]), ["HoursOfOperationId", "Name"]);
    assert_eq!(
        refused(Sort::Queue, &[("Name", "New"), ("HoursOfOperationId", "nowhere")]),
        ["HoursOfOperationId"]
    );
    assert_eq!(
        refused(Sort::Queue, &[("Name", "New"), ("HoursOfOperationId", "All day"), ("Status", "open")]),
        ["Status"]
    );
    let id = of(Sort::Queue, "Sales");
    assert_eq!(
        refused(Sort::Queue, &[("Name", "New"), ("HoursOfOperationId", "All day"), ("Id", &id)]),
        ["Id"]
    );
    assert_eq!(hours("Mars/Olympus", "MON 09:00-17:00"), ["Timezone"]);
    assert_eq!(hours("UTC", "MON 09:00-12:00 11:00-13:00"), ["Config[1]"]);
    assert_eq!(hours("UTC", "SUN 22:00-06:00, MON 05:00-07:00"), ["Config[1]"]);
    assert_eq!(hours("UTC", "MON 09:00-09:00"), ["Config[0]"]);
    assert_eq!(
        hours(
            "UTC",
            r#"[{"Day":"FUNDAY","StartTime":{"Hours":9,"Minutes":0},"EndTime":{"Hours":24,"Minutes":0}}]"#
        ),
        ["Config[0]"]
    );
    assert_eq!(hours("UTC", r#"[{"Day":"MONDAY"}]"#), ["Config"]);
    shop.add(
        Sort::Hours,
        &[("Name", "Split"), ("Timezone", "UTC"), ("Config", "MON 22:00-06:00, TUE 06:00-12:00 13:00-24:00")],
    )
    .unwrap();
    for number in ["0390000000", "+0390000000", "+6139000000000000", "+61 390"] {
        assert_eq!(
            refused(Sort::PhoneNumber, &[("PhoneNumber", number), ("CountryCode", "AU")]),
            ["PhoneNumber"]
        );
    }
    assert_eq!(refused(Sort::Prompt, &[("Name", "call-answered.wav")]), ["Name"]);
    let blank: Map = [("Name", Value::from(" "))].into_iter().collect();
    assert_eq!(places(&shop.run(&AddItem { sort: Sort::Prompt, document: blank }).unwrap_err()), ["Name"]);
    assert_eq!(refused(Sort::Function, &[("Name", "integrationbookvisit")]), ["Name"]);
    let queues = |text: &str| {
        let mut document: Map = [("Name", Value::from("P"))].into_iter().collect();
        set(&shop.instance(), Sort::RoutingProfile, &mut document, "Queues", text)?;
        Ok::<_, connect_rules_engine::problem::Problem>(document)
    };
    assert!(queues("Nobody").is_err() && queues("Sales:VOICE:one").is_err());
    let twice =
        AddItem { sort: Sort::RoutingProfile, document: queues("Sales, Sales:CHAT:1:0, Sales").unwrap() };
    assert_eq!(places(&shop.run(&twice).unwrap_err()), ["Queues[2]"]);
    let gone = r#"[{"QueueId":"gone","Priority":0,"Delay":0,"Channel":"SMOKE"}]"#;
    let gone = AddItem { sort: Sort::RoutingProfile, document: queues(gone).unwrap() };
    assert_eq!(places(&shop.run(&gone).unwrap_err()), ["Queues[0]"; 3]);
    let tester = Actor { user: Text::from("t"), user_id: None, role: Role::Tester };
    let remove = RemoveItems { sort: Sort::Prompt, which: vec![Text::from("call-answered.wav")] };
    assert!(matches!(wait(shop.0.run(&tester, &remove)), Err(Error::Forbidden { .. })));
}

#[test]
fn what_something_names_is_not_removed() {
    let shop = Shop::demo();
    shop.rule("Route it", r#"{"name":"To sales","type":"Queue","params":{"queueName":"Sales"}}"#);
    shop.rule("Say it", r#"{"name":"Play","type":"Message","params":{"message":"prompt:gas-warning.wav"},
        "weights":[{"field":"System.OperatingHours.Sales hours.Open","operation":"equals","value":"true","weight":"1"}]}"#);
    let remove = |sort, name: &str| shop.run(&RemoveItems { sort, which: vec![Text::from(name)] });
    let by = |sort, name: &str| match remove(sort, name).unwrap_err() {
        Error::InUse { by, .. } => {
            by.into_iter().map(|it| format!("{} ({})", it.name, it.place)).collect::<Vec<_>>()
        }
        other => panic!("{other}"),
    };
    let sales = by(Sort::Queue, "Sales");
    assert!(sales.contains(&"Route it / To sales (queueName)".to_owned()), "{sales:?}");
    assert!(sales.contains(&"RoutingProfiles / Sales (Queues)".to_owned()), "{sales:?}");
    let hours = by(Sort::Hours, "Sales hours");
    assert!(hours.contains(&"Say it / Play (weights)".to_owned()), "{hours:?}");
    assert!(hours.contains(&"Queues / Sales (HoursOfOperationId)".to_owned()), "{hours:?}");
    assert_eq!(by(Sort::Prompt, "gas-warning.wav"), ["Say it / Play (message)"]);
    remove(Sort::Prompt, "call-answered.wav").unwrap();
    assert!(matches!(remove(Sort::Prompt, "call-answered.wav"), Err(Error::NotFound { .. })));
    // In lists and templates, too, and not where a longer name starts so.
    shop.rule(
        "Wait",
        r#"{"name":"Hold","type":"Queue","params":{"queueBehaviours":[{"type":"Message","message":"prompt:hold.wav"}],
            "x":"{{#if System.OperatingHours.Late}}", "y":"System.OperatingHours.Later on.Open"}}"#,
    );
    shop.add(Sort::Prompt, &[("Name", "hold.wav")]).unwrap();
    assert_eq!(by(Sort::Prompt, "hold.wav"), ["Wait / Hold (queueBehaviours)"]);
    for name in ["Late", "Later", "Later on"] {
        let fields = [("Name", name), ("Timezone", "UTC"), ("Config", "MON 09:00-10:00")];
        shop.add(Sort::Hours, &fields).unwrap();
    }
    assert_eq!(by(Sort::Hours, "Late"), ["Wait / Hold (x)"]);
    assert_eq!(by(Sort::Hours, "Later on"), ["Wait / Hold (y)"]);
    remove(Sort::Hours, "Later").unwrap();
    // The same through an import: told, and done.
    let import = Import::new(&json::parse(r#"{"prompts":[]}"#).unwrap()).unwrap();
    let preview = import.preview(&shop.now());
    assert!(preview.loses());
    assert!(preview.notes.iter().any(|it| it.place.contains("Say it / Play")), "{:?}", preview.notes);
    shop.run(&import).unwrap();
    assert!(shop.instance().list(Sort::Prompt).is_empty());
    assert!(!shop.instance().list(Sort::Queue).is_empty(), "what a file does not tell stays");
}

#[test]
fn edits_of_different_fields_merge_and_of_the_same_field_clash() {
    let shop = Shop::demo();
    let base = shop.instance().get(Sort::Queue, "Sales").unwrap().clone();
    shop.edit(Sort::Queue, "Sales", "MaxContacts", "7").unwrap();
    let mine = |field: &str, value: Value| {
        let mut document = base.clone();
        document.insert(field, value);
        EditItem { sort: Sort::Queue, base: base.clone(), document }
    };
    shop.run(&mine("Description", "Offers".into())).unwrap();
    let now = shop.instance().get(Sort::Queue, "Sales").unwrap().clone();
    assert_eq!((now.get("MaxContacts"), now.get("Description")), (Some(&7.0.into()), Some(&"Offers".into())));
    match shop.run(&mine("MaxContacts", 9.0.into())).unwrap_err() {
        Error::Stale(rows) => assert_eq!(rows[0].clashes[0].field, "MaxContacts"),
        other => panic!("{other}"),
    }
}

#[test]
fn rows_of_another_form_are_left_alone_by_edits_of_their_neighbours() {
    let shop = Shop::new();
    let rows = r#"[{"Name":"a.wav","Note":{"kept":[1,null]}},{"Name":"b.wav","Id":null}]"#;
    shop.run(&SetConfig { key: Text::from("Prompts"), value: json::parse(rows).unwrap() }).unwrap();
    shop.add(Sort::Prompt, &[("Name", "c.wav")]).unwrap();
    let row = shop.now().config_map().get("Prompts").unwrap().clone();
    let rest = Value::from(row.as_array().unwrap()[..2].to_vec());
    assert_eq!(rest, json::parse(rows).unwrap());
}

#[test]
fn a_file_with_mistakes_is_refused_with_all_of_them() {
    let document = r#"{"queues":[{"Name":5},{"Name":"Q","MaxContacts":"many"}],"phoneNumbers":"none",
        "operatingHours":[{"Name":"H","Config":[{"Day":"MONDAY"}]}],"routingProfiles":[{}]}"#;
    let found = Import::new(&json::parse(document).unwrap()).unwrap_err();
    let places: Vec<&str> = found.iter().map(|it| it.place.as_str()).collect();
    for place in [
        "connect / queues[0]",
        "connect / queues[1] \"Q\" / MaxContacts",
        "connect / phoneNumbers",
        "connect / operatingHours[0] \"H\" / Config",
        "connect / routingProfiles[0]",
    ] {
        assert!(places.iter().any(|it| it.starts_with(place)), "{place} is not in {places:?}");
    }
    assert!(Import::new(&json::parse("{}").unwrap()).is_err());
    assert!(Import::new(&json::parse("3").unwrap()).is_err());
    // What Connect would refuse is only told: caches of the original hold such things.
    let bare = Import::new(&json::parse(r#"{"lambdaFunctions":["their-own"]}"#).unwrap()).unwrap();
    assert_eq!(&*bare.preview(&Snapshot::default()).things[0].1, "their-own", "names of a file are kept");
    let odd = r#"{"queues":[{"Name":"Q","HoursOfOperationId":"gone"},{"Name":"Q"}]}"#;
    let preview = Import::new(&json::parse(odd).unwrap()).unwrap().preview(&Snapshot::default());
    assert!(preview.notes.iter().any(|it| it.what.contains("gone")), "{:?}", preview.notes);
}

// --- import and export of any instance ------------------------------------------------------------------

fn name() -> impl Strategy<Value = String> {
    // Short ones are often those of others, too.
    prop_oneof!["[A-Za-z0-9 äß.'_-]{1,12}", "[AB]"].prop_filter("blank", |it| !it.trim().is_empty())
}

fn thing(sort: Sort) -> impl Strategy<Value = Map> {
    let rest = proptest::option::of(("[A-Z][a-z]{2,8}", name()));
    (name(), rest, 0..24_u32, 0..60_u32, "[1-9][0-9]{1,14}").prop_map(
        move |(name, rest, hour, minute, digits)| {
            let mut out = Map::new();
            out.insert(
                sort.key(),
                if sort == Sort::PhoneNumber { format!("+{digits}").into() } else { name.into() },
            );
            match sort {
                Sort::Hours => {
                    let time = |hour, minute| format!(r#"{{"Hours":{hour},"Minutes":{minute}}}"#);
                    let (from, to) = (time(hour, minute), time(minute % 24, hour));
                    let config = format!(r#"[{{"Day":"TUESDAY","StartTime":{from},"EndTime":{to}}}]"#);
                    out.insert("Config", json::parse(&config).unwrap());
                }
                Sort::Queue => out.insert("MaxContacts", f64::from(hour).into()),
                _ => {}
            }
            if let Some((field, value)) = rest.filter(|(field, _)| sort.field(field).is_none()) {
                out.insert(field, value.into());
            }
            out
        },
    )
}

fn instance() -> impl Strategy<Value = Map> {
    let list = |sort: Sort| proptest::option::of(proptest::collection::vec(thing(sort), 0..5));
    let lists: Vec<_> = Sort::ALL.into_iter().map(list).collect();
    (lists, proptest::option::of("[a-z]{2,6}"), proptest::bool::ANY).prop_map(|(lists, stage, zone)| {
        let mut out = Map::new();
        if let Some(stage) = stage {
            out.insert("stage", stage.into());
            out.insert("service", "rules".into());
        }
        if zone {
            out.insert("timeZone", "Asia/Tokyo".into());
        }
        for (sort, list) in Sort::ALL.into_iter().zip(lists) {
            if let Some(list) = list {
                out.insert(sort.list(), list.into_iter().map(Value::from).collect::<Vec<_>>().into());
            }
        }
        // Something must be told.
        out.insert("prompts", out.get("prompts").cloned().unwrap_or_else(|| Vec::new().into()));
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_imports_as_what_was_exported(document in instance()) {
        let shop = Shop::new();
        shop.run(&Import::new(&document.into()).unwrap()).unwrap();
        let exported = shop.document();
        let again = Import::new(&exported.clone().into()).unwrap();
        prop_assert_eq!(again.preview(&shop.now()).things, vec![]);
        let other = Shop::new();
        other.run(&again).unwrap();
        prop_assert_eq!(other.document(), exported);
        prop_assert_eq!(other.now().config_map(), shop.now().config_map());
    }

    #[test]
    fn what_fields_show_they_read_back(ranges in proptest::collection::vec((0..7_usize, 0..24_u32, 0..60_u32), 0..6)) {
        let days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
        let text: Vec<String> = ranges
            .iter()
            .map(|(day, hour, minute)| format!("{} {hour:02}:{minute:02}-{:02}:00", days[*day], (hour + 1) % 24))
            .collect();
        let mut document: Map = [("Name", Value::from("H"))].into_iter().collect();
        let none = Instance::default();
        set(&none, Sort::Hours, &mut document, "Config", &text.join(", ")).unwrap();
        let field = Sort::Hours.field("Config").unwrap();
        let first = shown(&none, Sort::Hours, &document, field);
        set(&none, Sort::Hours, &mut document, "Config", &first).unwrap();
        prop_assert_eq!(shown(&none, Sort::Hours, &document, field), first);
        if let Ok(Item::Hours(hours)) = Item::read(Sort::Hours, &document) {
            prop_assert_eq!(hours.config.len(), ranges.len());
        }
    }
}

#[test]
fn the_row_kind_of_errors_is_the_setting() {
    let missing = RemoveItems { sort: Sort::Bot, which: vec![Text::from("x")] };
    match Shop::new().run(&missing).unwrap_err() {
        Error::NotFound { kind, id } => assert_eq!((kind, &*id), (Kind::Config, "LexBots / x")),
        other => panic!("{other}"),
    }
}
