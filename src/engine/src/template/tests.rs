//! Tests of the template language.

use super::vectors::render;
use super::{Budget, HELPERS, Leak, MAX_DEPTH, Scope, Template, TemplateError};
use crate::json;
use crate::value::{Map, Value};

fn state(text: &str) -> Map {
    json::parse(text).unwrap().as_object().unwrap().clone()
}

fn check(source: &str, context: &str, wanted: &str) {
    assert_eq!(render(source, &state(context)).as_deref(), Ok(wanted), "{source}");
}

fn within(source: &str, context: &str, budget: Budget) -> Result<String, TemplateError> {
    let mut draws = || 0.0;
    let mut scope = Scope { now: 0, zone: None, draws: &mut draws, leak: None, budget };
    Template::parse(source)?.render(&state(context), &mut scope)
}

#[test]
fn values_are_escaped_and_printed() {
    check(
        "{{n}} {{{n}}} {{f}} {{a}} {{o}} {{m}}|",
        r#"{"n":"O'Brien & <Sons>","f":false,"a":["x","y"],"o":{"k":1}}"#,
        "O&#x27;Brien &amp; &lt;Sons&gt; O'Brien & <Sons> false x,y [object Object] |",
    );
}

#[test]
fn loops_know_index_last_and_the_context_around() {
    check(
        "{{#each P}}{{@index}}:{{name}}/{{../cur}}{{#unless @last}}, {{/unless}}{{else}}none{{/each}}",
        r#"{"P":[{"name":"Broadband"},{"name":"Mobile"}],"cur":"AUD"}"#,
        "0:Broadband/AUD, 1:Mobile/AUD",
    );
}

#[test]
fn every_matching_case_shows() {
    let source = r#"{{#switch v}}{{#case "4"}}a{{/case}}{{#case 5}}b{{else}}z{{/case}}{{#case "5"}}c{{/case}}{{/switch}}"#;
    check(source, r#"{"v":"5"}"#, "bc");
    check(
        "{{#each L}}{{#switch this}}{{#case 'r'}}R{{/case}}{{/switch}};{{/each}}",
        r#"{"L":["r","g"]}"#,
        "R;;",
    );
}

#[test]
fn ifeq_compares_loosely() {
    for (a, b, wanted) in [("a", "true", "N"), ("b", "5", "Y"), ("n", "missing", "Y"), ("e", "0", "Y")] {
        let source = format!("{{{{#ifeq {a} {b}}}}}Y{{{{else}}}}N{{{{/ifeq}}}}");
        check(&source, r#"{"a":"true","b":"05","n":null,"e":""}"#, wanted);
    }
}

#[test]
fn dates_by_format_and_zone() {
    let context = r#"{"d":"1973-11-27","t":"2022-12-04T23:00:00+0000","z":"Australia/Brisbane","e":""}"#;
    check(r#"{{dateFormat d "Do [of] MMMM, YYYY"}}"#, context, "27th of November, 1973");
    check(r#"{{dateFormatLocal t "dddd Do, h:mma" z}}"#, context, "Monday 5th, 9:00am");
    check(r#"{{dateFormatLocal d "DD HH:mm" z}}"#, context, "27 10:00");
    check(r#"{{dateFormat missing "YYYY"}}"#, context, "");
    check(r#"{{dateFormat e "YYYY"}}"#, context, "Invalid date");
    check(r#"{{dateFormatLocal t "h:mma" "No/Where"}}"#, context, "11:00pm");
    check(
        r#"{{timeSlotHuman "13:00 pm"}} {{timeSlotHuman "1730"}} {{timeSlotHuman "25:00"}}"#,
        "{}",
        "1:00 pm 5:30 pm Invalid date",
    );
    check(r#"{{dateOfBirthHuman "2712"}}"#, "{}", "27th of December 2023");
}

#[test]
fn money_and_friends() {
    check(
        r#"{{formatCentsAsDollars "1005"}} {{formatCentsAsDollars ""}} {{formatCentsAsDollars missing}}"#,
        "{}",
        "$10.05 $0.00 unknown dollars",
    );
    check(
        r#"{{formatCentsAsDollars "50.5"}} {{formatBalanceCentsAsDollars "-100"}}"#,
        "{}",
        "$0.51 $1.00 in credit",
    );
    check(
        r#"{{formatRinggit 50.3}}; {{inc "5abc"}}; {{inc "-3.7"}}"#,
        "{}",
        "50 ring-git, and 29 zen; 6; -2",
    );
    check(r#"{{{upgradePhone "0412" "+61"}}} {{characterSpeechSlow "a&b"}}"#, "{}", "+61412 a, &amp;, b");
    check("{{formatCentsAsDollars 12.5}} {{formatCentsAsDollars -12.5}}", "{}", "$0.13 $-0.13");
}

#[test]
fn mended_quirks() {
    check("{{a.0}}{{a.1 }}", r#"{"a":["x","y"]}"#, "xy");
    check("{{#includes n 'x'}}y{{else}}n{{/includes}}", r#"{"n":null}"#, "n");
    check(r#"{{paddedRandom "7" "8" 3}}"#, "{}", "007");
}

#[test]
fn switch_leaks_only_when_asked_to() {
    let source = "{{#switch v}}{{/switch}}{{switch_value}}";
    let context = state(r#"{"v":"5"}"#);
    let template = Template::parse(source).unwrap();
    let mut draws = || 0.0;
    let mut leak = Leak::default();
    let mut scope =
        Scope { now: 0, zone: None, draws: &mut draws, leak: Some(&mut leak), budget: Budget::default() };
    assert_eq!(template.render(&context, &mut scope).unwrap(), "5");
    assert_eq!(leak.get("switch_value"), Some(Value::from("5")));
    assert_eq!(within(source, r#"{"v":"5"}"#, Budget::default()).unwrap(), "");
}

#[test]
fn white_space_control_and_standalone_lines() {
    check("a\n{{#if t}}\r\nb\n{{else}}\nc\n{{/if}}\nd", r#"{"t":1}"#, "a\nb\nd");
    check("a {{~#if f~}} x {{~else if t~}} y {{~else~}} z {{~/if~}} b", r#"{"t":1}"#, "ayb");
    check("a\n  {{! note }}  \nb", "{}", "a\nb");
    check("a\n  {{t}}  \nb", r#"{"t":1}"#, "a\n  1  \nb");
}

#[test]
fn names_resolve_as_in_the_language() {
    check("{{#each l as |inc i|}}{{inc}}{{i}} {{/each}}", r#"{"l":["a","b"]}"#, "a0 b1 ");
    check("{{this.inc}} {{./inc}} {{\"x y\"}} {{[x y]}}", r#"{"inc":"k","x y":"s"}"#, "k k s s");
    check("{{#with a}}{{#if ../b}}{{../b}}{{/if}}{{/with}}", r#"{"a":{"c":1},"b":"B"}"#, "B");
    check("{{nope x=1}}|{{#nope x=1}}b{{/nope}}", "{}", "|");
    assert_eq!(render("{{a.b 1}}", &Map::new()), Err("Missing helper: \"a.b\"".to_owned()));
}

#[test]
fn parse_errors_say_where() {
    let error = Template::parse("one\n  {{#if a}}x").unwrap_err();
    assert!(matches!(error, TemplateError::Parse { line: 2, column: 13, .. }), "{error}");
    for bad in [
        "{{x}}}",
        "{{a",
        "{{#if a}}{{/each}}",
        "{{else}}",
        "{{{{a}}}} x",
        "{{!-- x }}",
        "a\0{{b}}",
        "{{a.b.}}x{{",
    ] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |n: usize| format!("{}x{}", "{{#if t}}".repeat(n), "{{/if}}".repeat(n));
    let t = r#"{"t":true}"#;
    assert_eq!(within(&nested(MAX_DEPTH), t, Budget::default()).as_deref(), Ok("x"));
    assert!(within(&nested(MAX_DEPTH + 1), t, Budget::default()).is_err());
    let calls = format!("{{{{inc {}1{}}}}}", "(inc ".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(Template::parse(&calls), Err(TemplateError::Parse { .. })));
    let endless = "{{#*inline 'p'}}{{> p}}{{/inline}}{{> p}}";
    assert!(matches!(within(endless, "{}", Budget::default()), Err(TemplateError::Budget(_))));
}

#[test]
fn loops_in_loops_run_out_of_budget() {
    let list = format!("{{\"l\":[{}0]}}", "0,".repeat(200));
    let bomb = |depth: usize, inner: &str| {
        format!("{}{inner}{}", "{{#each @root.l}}".repeat(depth), "{{/each}}".repeat(depth))
    };
    for inner in ["", "much text"] {
        let made = within(&bomb(6, inner), &list, Budget { output: 10_000, steps: 100_000 });
        assert!(matches!(made, Err(TemplateError::Budget(_))), "{made:?}");
    }
    assert!(within(&bomb(1, "x"), &list, Budget::default()).is_ok());
}

#[test]
fn uses_lists_paths_helpers_and_zones() {
    let uses = Template::parse(
        "{{A.b}}{{#each L}}{{x}}{{@root.c}}{{../d}}{{/each}}{{dateFormatLocal t 'YYYY' 'Asia/Tokyo'}}{{nope 1}}",
    )
    .unwrap()
    .uses();
    assert_eq!(uses.paths, ["A.b", "L", "c", "d", "t"]);
    assert_eq!(uses.zones, ["Asia/Tokyo"]);
    let called: Vec<_> =
        uses.helpers.iter().map(|h| (h.name.as_str(), h.arguments, h.block, h.known)).collect();
    assert_eq!(
        called,
        [("each", 1, true, true), ("dateFormatLocal", 3, false, true), ("nope", 1, false, false)]
    );
}

#[test]
fn random_texts_never_panic() {
    let pieces = [
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{{{",
        "}}}}",
        "{{#",
        "{{/",
        "{{^",
        "{{else}}",
        "{{else ",
        "{{!--",
        "--}}",
        "~",
        "if",
        "each",
        "with",
        "a",
        "b",
        "é",
        " ",
        "\n",
        "\\",
        "\"",
        "'",
        "[",
        "]",
        "(",
        ")",
        ".",
        "..",
        "@",
        "index",
        "|",
        " as |x|",
        "=",
        "1",
        "-2.5",
        "true",
        "null",
        "this",
        "/if",
        "{{#if a}}",
        "{{/if}}",
        "{{#each L}}",
        "{{/each}}",
        "{{>",
        "{{#>",
        "{{#*inline 'a'}}",
        "{{/inline}}",
        "dateFormat",
        "\"[Y]\\\\Do\"",
        "switch",
        "case",
        "0",
    ];
    let context = r#"{"a":"x","b":{"c":[1,null,"y"]},"L":["",0,{"k":"v"}]}"#;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let mut rendered = 0;
    for _ in 0..6000 {
        let source: String = (0..=next(12)).map(|_| pieces[next(pieces.len())]).collect();
        rendered += usize::from(within(&source, context, Budget { output: 4096, steps: 10_000 }).is_ok());
    }
    for spec in HELPERS {
        for _ in 0..200 {
            let args: String =
                (0..next(4)).map(|_| [" a", " b", " L", " 0", " 'x'", " null", " this"][next(7)]).collect();
            let source = if spec.block {
                format!("{{{{#{0}{args}}}}}{{{{this}}}}{{{{/{0}}}}}", spec.name)
            } else {
                format!("{{{{{}{args}}}}}", spec.name)
            };
            rendered += usize::from(within(&source, context, Budget::default()).is_ok());
        }
    }
    assert!(rendered > 500, "only {rendered} rendered");
}
