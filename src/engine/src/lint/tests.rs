//! Every code is found where it belongs and nowhere in sound rule sets.

use super::*;
use crate::golden::{self as workspace, parse};

fn instance() -> Catalogue {
    let document = crate::json::parse(
        r#"{"stage":"s","service":"v","timeZone":"Australia/Perth","queues":["Sales","Sales"],"prompts":["hi.wav"],
            "lambdaFunctions":["s-v-integrationecho"],"lexBots":["s-v-yesno"],"contactFlows":[]}"#,
    )
    .unwrap();
    Catalogue::read(&document, &mut Vec::new())
}

/// Findings of rule sets made from short notes.
fn found(rule_sets: &str) -> Vec<Finding> {
    lint(&parse(rule_sets), &instance())
}

fn set(name: &str, end_point: &str, rules: &str) -> String {
    let end_points = if end_point.is_empty() { String::new() } else { format!("\"{end_point}\"") };
    format!(r#"{{"name":"{name}","enabled":true,"endPoints":[{end_points}],"rules":[{rules}]}}"#)
}

fn rule(name: &str, rule_type: &str, params: &str, more: &str) -> String {
    format!(
        r#"{{"name":"{name}","type":"{rule_type}","enabled":true,"activation":"0","params":{{{params}}}{more}}}"#
    )
}

/// Codes with rule and place of a workspace with one entry rule set of these rules; the duplicate queue of
/// the instance is left out.
fn codes_of(rules: &[String]) -> Vec<String> {
    let end = rule("zz end", "Terminate", "", "");
    let text = format!("[{}]", set("Entry", "Line", &[rules.join(","), end].join(",")));
    shown(&found(&text))
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.code != "W045")
        .map(|f| format!("{} {} {}", f.code, f.rule.as_deref().unwrap_or("-"), f.part).trim_end().to_owned())
        .collect()
}

fn weights(activation: &str, list: &[(&str, &str, &str, &str)]) -> String {
    let list: Vec<String> = list
        .iter()
        .map(|(f, o, v, w)| format!(r#"{{"field":"{f}","operation":"{o}","value":"{v}","weight":"{w}"}}"#))
        .collect();
    format!(r#","priority":"9","activation":"{activation}","weights":[{}]"#, list.join(","))
}

fn say(more: &str) -> String {
    rule("say", "Message", r#""message":"hi""#, more).replacen(r#""activation":"0","#, "", 1)
}

#[test]
fn sound_rule_sets_have_no_findings() {
    assert_eq!(
        codes_of(&[say(&weights("10", &[("System.Holiday", "equals", "true", "10")]))]),
        Vec::<String>::new()
    );
}

#[test]
fn references_to_rule_sets() {
    let go = |to: &str| {
        rule(
            "go",
            "RuleSet",
            &format!(r#""ruleSetName":"{to}""#),
            &weights("5", &[("System.EndPoint", "equals", "x", "5")]),
        )
    };
    assert_eq!(codes_of(&[go("Gone")]), ["W001 go params / ruleSetName"]);
    assert_eq!(codes_of(&[go("{{{System.EndPoint}}}")]), ["W002 go params / ruleSetName"]);
    assert_eq!(
        codes_of(&[go("{{System.EndPoint}}")]),
        ["W002 go params / ruleSetName", "W003 go params / ruleSetName"]
    );
    let end = rule("end", "Terminate", "", "");
    let off =
        set("Off", "Old", &end).replace(r#""enabled":true,"endPoints""#, r#""enabled":false,"endPoints""#);
    let text = format!("[{},{off}]", set("Entry", "Line", &[go("Off"), end].join(",")));
    assert_eq!(shown(&found(&text)), ["W004 go params / ruleSetName", "W006 - endPoints"]);
}

#[test]
fn what_contacts_cannot_reach() {
    let end = rule("end", "Terminate", "", "");
    let text = format!("[{},{}]", set("Entry", "Line", &end), set("Alone", "", &end));
    let findings = found(&text);
    assert_eq!(shown(&findings), ["W005 -"]);
    assert_eq!(findings.last().unwrap().rule_set.as_deref(), Some("Alone"));
    assert_eq!(shown(&found(&format!("[{}]", set("Alone", "", &end)))), ["W008 - ruleSets"]);
    let text = format!("[{},{}]", set("Entry", "Line", &end), set("Other", "Line", &end));
    assert_eq!(shown(&found(&text)), ["W007 - endPoints"]);
    let hidden = rule("later", "Message", r#""message":"hi""#, "");
    assert_eq!(
        codes_of(&[rule("end", "Terminate", "", r#","priority":"9""#), hidden]),
        ["W010 later", "W010 zz end"]
    );
}

#[test]
fn a_rule_that_returns_hides_nothing() {
    let call = rule("call", "RuleSet", r#""ruleSetName":"Sub","returnHere":"true""#, r#","priority":"9""#);
    let end = rule("end", "Terminate", "", "");
    let sub = set("Sub", "", &rule("say", "Message", r#""message":"hi""#, ""));
    let text = format!("[{},{sub}]", set("Entry", "Line", &[call, end].join(",")));
    assert_eq!(shown(&found(&text)), Vec::<String>::new());
}

#[test]
fn activations() {
    let holiday = ("System.Holiday", "equals", "true", "10");
    assert_eq!(codes_of(&[say(&weights("11", &[holiday]))]), ["W011 say activation"]);
    assert_eq!(codes_of(&[say(&weights("many", &[holiday]))]), ["W012 say activation"]);
    assert_eq!(
        codes_of(&[say(&weights("20", &[holiday, ("System.Holiday", "equals", "false", "10")]))]),
        ["W014 say weights"]
    );
    assert_eq!(
        codes_of(&[say(&weights("20", &[holiday, ("System.Holiday", "isempty", "", "10")]))]),
        ["W014 say weights"]
    );
    assert_eq!(
        codes_of(&[say(&weights("20", &[holiday, ("System.Holiday", "isnotnull", "", "10")]))]),
        Vec::<String>::new()
    );
    let odd = say(&weights("10", &[holiday]).replace(r#""priority":"9""#, r#""priority":"high""#));
    assert_eq!(codes_of(&[odd]), ["W013 say priority"]);
}

#[test]
fn weights_that_do_not_work() {
    let test = |weight| codes_of(&[say(&weights("0", &[weight, ("System.Holiday", "isnull", "", "0")]))]);
    assert_eq!(test(("System.Holiday", "Equals", "x", "5")), ["W015 say weights[0] / operation"]);
    assert_eq!(test(("System.List.length", "equals", "2", "5")), ["W016 say weights[0]"]);
    assert_eq!(test(("Customer.TotalValue", "equals", "2", "5")), ["W071 say weights[0] / field"]);
    let write = |key: &str| {
        rule("put", "UpdateStates", &format!(r#""updateStates":[{{"key":"{key}","value":"x"}}]"#), "")
    };
    for key in ["Customer.TotalValue", "Customer", "Customer.TotalValue.x"] {
        let weighed = say(&weights("0", &[("Customer.TotalValue", "equals", "2", "5")]));
        assert_eq!(codes_of(&[weighed, write(key)]), Vec::<String>::new(), "{key}");
    }
    let weighed = say(&weights("0", &[("Customer.TotalValue", "equals", "2", "5")]));
    assert_eq!(codes_of(&[weighed, write("Customer.Name")]), ["W071 say weights[0] / field"]);
    assert_eq!(codes_of(&[write("inc")]), ["W032 put params / updateStates[0] / key"]);
    assert_eq!(codes_of(&[write("NextRuleSet")]), ["W067 put params / updateStates[0]"]);
}

fn go(to: &str, more: &str) -> String {
    rule("go", "RuleSet", &format!(r#""ruleSetName":"{to}""#), more)
}

#[test]
fn loops_between_rule_sets() {
    let text = format!("[{},{}]", set("S1", "Line", &go("S2", "")), set("S2", "", &go("S1", "")));
    let findings = found(&text);
    assert_eq!(shown(&findings), ["W020 -"]);
    assert!(findings.last().unwrap().what.contains("`S1`, `S2`"));
    let some = weights("5", &[("System.EndPoint", "equals", "x", "5")]);
    let text = format!("[{},{}]", set("S1", "Line", &go("S2", &some)), set("S2", "", &go("S1", "")));
    assert_eq!(shown(&found(&text)), ["W021 -", "W023 -"]);
    let ask = rule("wait", "Wait", r#""ruleSetName":"S1","waitTimeSeconds":"9""#, r#","priority":"99""#);
    let text =
        format!("[{},{}]", set("S1", "Line", &[ask, go("S2", "")].join(",")), set("S2", "", &go("S1", "")));
    assert_eq!(shown(&found(&text)), Vec::<String>::new());
    let call = |to: &str| {
        rule("call", "RuleSet", &format!(r#""ruleSetName":"{to}","returnHere":"true""#), r#","priority":"9""#)
    };
    let end = rule("end", "Terminate", "", "");
    let text = format!(
        "[{},{}]",
        set("S1", "Line", &[call("S2"), end.clone()].join(",")),
        set("S2", "", &[call("S1"), end].join(","))
    );
    assert_eq!(shown(&found(&text)), ["W022 -"]);
}

#[test]
fn running_off_the_end() {
    let text =
        format!("[{}]", set("S1", "Line", &say("").replace(r#""params""#, r#""activation":"0","params""#)));
    assert_eq!(shown(&found(&text)), ["W023 -"]);
    assert_eq!(shown(&found(&format!("[{}]", set("S1", "Line", "")))), ["W024 - rules"]);
}

#[test]
fn templates() {
    let text = |message: &str| {
        codes_of(&[rule("say", "Message", &format!(r#""message":"{message}""#), r#","priority":"9""#)])
    };
    assert_eq!(text("{{#if x}}"), ["W030 say params / message"]);
    assert_eq!(text("{{Customer.Frist}}"), ["W072 say params / message"]);
    assert_eq!(text("{{nope System.TimeOfDay}}"), ["W031 say params / message"]);
    assert_eq!(text("{{dateFormatLocal System.DateTimeUTC 'h' 'Mars/Base'}}"), ["W033 say params / message"]);
    let inside = rule(
        "put",
        "UpdateStates",
        r#""updateStates":[{"key":"a","value":"{{#if x}}"}]"#,
        r#","priority":"9""#,
    );
    assert_eq!(codes_of(&[inside]), ["W030 put params / updateStates[0] / value"]);
    assert_eq!(
        codes_of(&[say(&weights("0", &[("System.Holiday", "equals", "{{#if x}}", "5")]))]),
        ["W030 say weights[0] / value"]
    );
}

#[test]
fn things_of_the_instance() {
    let one = |rule_type: &str, params: &str| {
        codes_of(&[rule("r1", rule_type, params, &weights("5", &[("System.EndPoint", "equals", "x", "5")]))])
    };
    let queue = r#""outOfHoursRuleSetName":"Entry","unstaffedRuleSetName":"Entry""#;
    assert_eq!(one("Queue", &format!(r#""queueName":"Gone",{queue}"#)), ["W040 r1 params / queueName"]);
    assert_eq!(one("Queue", &format!(r#""queueName":"Sales",{queue}"#)), Vec::<String>::new());
    assert_eq!(one("Message", r#""message":"prompt:gone.wav""#), ["W041 r1 params / message"]);
    assert_eq!(
        one(
            "Integration",
            r#""functionName":"integrationgone","functionMessage":"m","functionTimeout":"5","functionOutputKey":"out","functionPayload":"""#
        ),
        ["W042 r1 params / functionName"]
    );
    assert_eq!(one("TextInference", r#""input":"x","lexBotName":"gone""#), ["W043 r1 params / lexBotName"]);
    assert_eq!(
        one("Message", r#""message":"m","flowName":"f""#),
        ["W044 r1 params / flowName", "W063 r1 params / flowName"]
    );
    let findings = found(&format!("[{}]", set("Entry", "Line", &rule("end", "Terminate", "", ""))));
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["W045"]);
    let without = Catalogue { lex_bots: Vec::new(), ..instance() };
    let text = format!("[{}]", set("Entry", "Line", &rule("ask", "NLUMenu", "", "")));
    let findings = lint(&parse(&text), &without);
    assert!(findings.iter().any(|finding| (finding.code, &*finding.part) == ("W043", "type")));
    let nameless = Catalogue { time_zone: None, ..instance() };
    assert!(lint::<RuleSet>(&[], &nameless).iter().any(|finding| finding.code == "W046"));
    assert!(lint::<RuleSet>(&[], &Catalogue::empty()).is_empty());
}

#[test]
fn names_types_and_parameters() {
    let end = rule("end", "Terminate", "", "");
    let text = format!(
        "[{},{},{}]",
        set("Entry", "Line", &end),
        set("Entry", "Two", &end),
        set("entry", "Three", &end)
    );
    assert_eq!(shown(&found(&text)), ["W051 - name", "W053 - name"]);
    let twice = [say(&weights("0", &[])), say(&weights("0", &[]))];
    assert_eq!(codes_of(&twice), ["W050 say name"]);
    let some = weights("5", &[("System.EndPoint", "equals", "x", "5")]);
    let one = |rule_type: &str, params: &str| codes_of(&[rule("r1", rule_type, params, &some)]);
    assert_eq!(codes_of(&[rule("r.1", "Message", r#""message":"m""#, &some)]), ["W052 r.1 name"]);
    assert_eq!(one("Message", r#""message":"m","mesage":"n""#), ["W060 r1 params / mesage"]);
    assert_eq!(one("RuleSetBail", ""), ["W061 r1 type"]);
    assert_eq!(one("Teleport", r#""a":"b""#), ["W062 r1 type"]);
    assert_eq!(one("Message", ""), ["W064 r1 params / message"]);
    assert_eq!(
        one("Wait", r#""ruleSetName":"Entry","waitTimeSeconds":"1""#),
        ["W065 r1 params / waitTimeSeconds"]
    );
    assert_eq!(one("Message", &format!(r#""message":"{}""#, "x".repeat(1025))), ["W066 r1 params / message"]);
    assert_eq!(
        one(
            "Distribution",
            r#""optionCount":"1","ruleSetName0":"Entry","percentage0":"100","defaultRuleSetName":"Entry""#
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        one(
            "Distribution",
            r#""optionCount":"2","ruleSetName0":"Entry","percentage0":"60","ruleSetName1":"Entry","percentage1":"60","defaultRuleSetName":"Entry""#
        ),
        ["W073 r1 params / optionCount"]
    );
    let menu = r#""offerMessage":"o","errorMessage1":"e","inputCount":"1","lexBotName":"yesno","outputStateKey":"out","autoConfirmConfidence":"1","errorCount":"0""#;
    assert_eq!(
        one(
            "NLUMenu",
            &format!(
                r#"{menu},"intentRuleSet_FallbackIntent":"Entry","intentConfirmationMessage_FallbackIntent":"m""#
            )
        ),
        ["W074 r1 params / intentRuleSet_FallbackIntent"]
    );
    assert_eq!(
        one(
            "NLUMenu",
            &format!(
                r#"{menu},"intentRuleSet_A":"Entry","intentConfirmationMessage_A":"m","intentConfirmationMessage_B":"m""#
            )
        ),
        ["W075 r1 params / intentConfirmationMessage_B"]
    );
}

#[test]
fn findings_in_disabled_rules_are_notes() {
    let off = rule("go", "RuleSet", r#""ruleSetName":"Gone""#, "")
        .replace(r#""enabled":true"#, r#""enabled":false"#);
    let text = format!("[{}]", set("Entry", "Line", &[off, rule("end", "Terminate", "", "")].join(",")));
    let finding = found(&text).into_iter().find(|finding| finding.code == "W001").unwrap();
    assert_eq!(finding.severity, Severity::Note);
}

#[test]
fn sarif_names_every_rule_and_place() {
    let source = format!("[{}]", set("Entry", "Line", &go("Gone", "")));
    let findings = found(&source);
    let log = crate::json::parse(&sarif(&findings, "1.2.3", Some("a b/c.json"))).unwrap();
    let run = log.member("runs").member("0");
    let rules = run.member("tool").member("driver").member("rules");
    assert_eq!(rules.as_array().unwrap().len(), codes::ALL.len());
    let results = run.member("results");
    for result in results.as_array().unwrap() {
        let index = result.member("ruleIndex").text();
        assert_eq!(rules.member(&index).member("id"), result.member("ruleId"));
        let location = result.member("locations").member("0");
        let uri = location.member("physicalLocation").member("artifactLocation").member("uri");
        assert_eq!(uri, "a%20b/c.json".into());
        assert!(!location.member("logicalLocations").member("0").member("name").is_nil());
    }
    assert!(text(&findings, Some("f")).contains("f: error W001: Entry / go / params / ruleSetName:"));
}

#[test]
fn codes_are_unique_and_documented() {
    let markdown = codes::markdown();
    for pair in codes::ALL.windows(2) {
        assert!(pair[0].code < pair[1].code);
    }
    for code in codes::ALL {
        assert!(markdown.contains(&format!("## {} {}", code.code, code.title)));
        assert_eq!(codes::code(code.code), Some(*code));
    }
}

#[test]
fn reference_workspaces_are_read_without_surprise() {
    for name in workspace::workspaces() {
        let sets = workspace::rule_sets(&name);
        let findings = lint(&sets, &Catalogue::empty());
        assert!(findings.iter().all(|finding| codes::code(finding.code).is_some()), "{name}");
        if std::env::var_os("SHOW_FINDINGS").is_some() {
            eprint!("{}", text(&findings, Some(&name)));
        }
    }
}

/// A workspace of 5,000 rule sets with 100 rules of 3 weights each: reading aside, lint and graph are meant to
/// take 2 seconds at most when optimised. Run with `--ignored --nocapture` to see the times.
#[test]
#[ignore = "takes memory and time; for measuring"]
fn a_large_workspace() {
    let mut sets = Vec::new();
    for i in 0..5000 {
        let rules: Vec<String> = (0..100)
            .map(|k| {
                let (rule_type, params) = match k % 5 {
                    0 => ("Message", format!(r#""message":"Hello {{{{Customer.Name}}}} {}""#, k % 7)),
                    1 => ("RuleSet", format!(r#""ruleSetName":"Set {}","message":"","returnHere":"false""#, (i * 7 + k) % 5000)),
                    2 => ("UpdateStates", format!(r#""updateStates":[{{"key":"Customer.k{}","value":"x"}}]"#, k % 90)),
                    3 => ("Queue", r#""queueName":"Sales","outOfHoursTerminate":"true","outOfHoursMessage":"m","unstaffedRuleSetName":"Set 1""#.to_owned()),
                    _ => ("DTMFMenu", format!(r#""offerMessage":"o","inputCount":"1","errorMessage1":"e","dtmf1":"Set {}","errorCount":"0""#, (i + k) % 5000)),
                };
                let weights = weights(
                    "30",
                    &[
                        (&format!("Customer.k{}", k % 90), "equals", "a", "10"),
                        ("System.Holiday", "equals", "true", "10"),
                        ("Customer.k1", "lessthan", "5", "10"),
                    ],
                );
                rule(&format!("rule {k}"), rule_type, &params, &weights).replacen(r#""activation":"0","#, "", 1)
            })
            .collect();
        sets.push(set(&format!("Set {i}"), if i % 10 == 0 { "Line" } else { "" }, &rules.join(",")));
    }
    let text = format!("[{}]", sets.join(","));
    drop(sets);
    let sets = parse(&text);
    drop(text);
    let start = std::time::Instant::now();
    let findings = lint(&sets, &instance());
    let linted = start.elapsed();
    let begun = std::time::Instant::now();
    let network = crate::graph::Network::build(&sets);
    let built = begun.elapsed();
    let printed = crate::graph::text(&network).len();
    eprintln!(
        "{} findings in {linted:?}; {} edges in {built:?}; {printed} bytes",
        findings.len(),
        network.edges.len()
    );
    assert!(network.nodes.len() > 5000);
}
