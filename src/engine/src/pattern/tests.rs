//! Expected results follow from the ECMAScript grammar and its Annex B.

use std::time::{Duration, Instant};

use super::*;

fn matches(source: &str, ignore_case: bool, text: &str) -> bool {
    Pattern::new(source, ignore_case)
        .and_then(|p| p.is_match(text))
        .unwrap_or_else(|e| panic!("{source} on {text:?}: {e}"))
}

#[test]
fn patterns_of_the_dialect() {
    // pattern, texts it is found in, texts it is not found in
    let table: &[(&str, &[&str], &[&str])] = &[
        ("", &["", "x"], &[]),
        ("b", &["abc"], &["ac", "B"]),
        ("^b", &["bc"], &["ab", "a\nb"]),
        ("b$", &["ab"], &["ba", "b\na"]),
        ("^$", &[""], &["\n"]),
        ("^a.c$", &["abc", "a\u{85}c", "aéc"], &["a\nc", "a\rc", "a\u{2028}c", "a\u{2029}c", "a😀c"]),
        ("^a..c$", &["a😀c"], &["aéc"]),
        ("^[^x]$", &["a", "\n"], &["x", "😀"]),
        ("^[😀]{2}$", &["😀"], &["😀😀"]),
        ("^\\ud83d", &["😀"], &["x"]),
        ("^\\ud83d\\ude00$", &["😀"], &[]),
        ("^\\u{3}$", &["uuu"], &["\u{3}"]),
        ("^\\u{61}$", &[], &["a", "u{61}"]),
        ("^\\u00e9\\xe9$", &["éé"], &[]),
        ("^\\u00g\\xz$", &["u00gxz"], &[]),
        ("^a\\-b\\/c\\_\\é$", &["a-b/c_é"], &[]),
        ("^{$", &["{"], &[]),
        ("^x{$", &["x{"], &["x"]),
        ("^]}$", &["]}"], &[]),
        ("^a{,2}$", &["a{,2}"], &["aa", ""]),
        ("^a{1$", &["a{1"], &["a"]),
        ("^a{2}$", &["aa"], &["a", "aaa"]),
        ("^a{2,}$", &["aa", "aaaa"], &["a"]),
        ("^a{1,2}?$", &["a", "aa"], &["aaa"]),
        ("^a{0}$", &[""], &["a"]),
        ("^[\\w-z]+$", &["a-z_0"], &["é", "+"]),
        ("^[a-\\d]+$", &["a-5"], &["b"]),
        ("^[\\d-]+$", &["1-2"], &["a"]),
        ("^[-a]+$", &["a-"], &["b"]),
        ("^[]$", &[], &["", "]", "a"]),
        ("^[^]$", &["]", "\n"], &[""]),
        ("^[a^]+$", &["a^"], &["b"]),
        ("^[\\b]$", &["\u{8}"], &["b"]),
        ("^[\\B\\k]+$", &["Bk"], &["b"]),
        ("^\\8\\9$", &["89"], &["\\8\\9"]),
        ("^\\101$", &["A"], &["101"]),
        ("^\\400$", &[" 0"], &["\u{100}"]),
        ("^\\08$", &["\u{0}8"], &["08"]),
        ("^[\\1\\8]+$", &["\u{1}8"], &["1"]),
        ("^\\k$", &["k"], &["\\k"]),
        ("^\\k<a>$", &["k<a>"], &[]),
        ("^(?<a>x)\\k<a>$", &["xx"], &["xk<a>"]),
        ("^\\k<a>(?<a>x)$", &["x"], &["xx"]),
        ("^\\cA\\c1$", &["\u{1}\\c1"], &[]),
        ("^[\\c1\\c*]+$", &["\u{11}", "\\", "c", "*"], &["1"]),
        ("^\\p{L}$", &["p{L}"], &["a"]),
        ("^\\a\\e\\q$", &["aeq"], &[]),
        ("^\\t\\n\\v\\f\\r\\0$", &["\t\n\u{b}\u{c}\r\0"], &[]),
        ("^(?=a)*b$", &["b"], &[]),
        ("(?=ab)a", &["xab"], &["ac"]),
        ("a(?!b)", &["ac", "abac"], &["ab"]),
        ("(?<=a)b", &["ab"], &["b", "cb"]),
        ("(?<!a)b", &["b", "cb"], &["ab"]),
        ("(?<=^(a|bc)+)d", &["abcad"], &["abxd"]),
        ("(?<=(\\d)\\1)x", &["11x", "12x"], &["x"]),
        ("(?<=\\1(\\d))x", &["11x"], &["12x"]),
        ("^(a)\\1$", &["aa"], &["a", "ab"]),
        ("^\\1(a)$", &["a"], &["aa"]),
        ("^(a)?\\1b$", &["b", "aab"], &["ab"]),
        ("^(?:(a)|b)*\\1$", &["aa", "ab", "abaa"], &["aba"]),
        ("^(a*)*$", &["", "aaa"], &["b"]),
        ("^(a*)+b$", &["b", "aab"], &["a"]),
        ("^(?:|a)+$", &["", "aaa"], &["b"]),
        ("^(?:a|ab)(?:c|bcd)(?:d*)$", &["abcd"], &["abd"]),
        ("^(?:ab){2,3}$", &["abab", "ababab"], &["ab", "abababab"]),
        ("^(?:ab){200,300}$", &[], &["abab"]),
        ("\\bcat\\b", &["a cat!", "écat"], &["cats", "_cat"]),
        ("^\\B", &["é", ""], &["a"]),
        ("^\\d\\w\\s$", &["5_\u{a0}", "0a\u{feff}"], &["٣a ", "5é "]),
        ("^\\D\\W\\S$", &["aéx"], &["5é "]),
        ("^\\s$", &["\u{2028}", "\u{3000}"], &["\u{85}", "\u{180e}", "\u{200b}"]),
        ("a|b|", &["", "c"], &[]),
        ("^(?:a|b)$", &["a", "b"], &["ab"]),
        ("[object Object]", &["o", "x j", "O"], &["xyz", ""]),
        ("1,2", &["x1,2"], &["12"]),
    ];
    for (pattern, found, missed) in table {
        for text in *found {
            assert!(matches(pattern, false, text), "/{pattern}/ should be found in {text:?}");
        }
        for text in *missed {
            assert!(!matches(pattern, false, text), "/{pattern}/ should not be found in {text:?}");
        }
    }
}

#[test]
fn case_folding_is_the_simple_one() {
    for (pattern, text) in [
        ("^AbC$", "aBc"),
        ("^é$", "É"),
        ("^[a-c]$", "B"),
        ("^[À-Ö]$", "é"),
        ("^ß$", "ß"),
        ("^σ$", "ς"),
        ("^Σ$", "ς"),
        ("^µ$", "μ"),
        ("(a)\\1", "aA"),
        ("^\\.É", ".é"),
        ("^[^x]$", "y"),
    ] {
        assert!(matches(pattern, true, text), "/{pattern}/i {text}");
    }
    for (pattern, text) in [
        ("s", "ſ"),
        ("ſ", "s"),
        ("k", "\u{212a}"),
        ("\u{212a}", "k"),
        ("^\\w$", "ſ"),
        ("^\\W$", "s"),
        ("[a-z]", "\u{212a}"),
        ("ß", "SS"),
        ("^[^x]$", "X"),
        ("i", "İ"),
        ("@", "`"),
        ("^[@]$", "`"),
    ] {
        assert!(!matches(pattern, true, text), "/{pattern}/i {text}");
    }
}

#[test]
fn folding_twice_changes_nothing() {
    for unit in 0..=u16::MAX {
        let folded = charset::fold(unit);
        assert_eq!(charset::fold(folded), folded, "{unit:x}");
    }
}

#[test]
fn broken_patterns_are_refused() {
    for pattern in [
        "(",
        ")",
        "a)",
        "(?",
        "(?a)",
        "(?<",
        "(?<1>a)",
        "(?<a",
        "[",
        "[a",
        "[b-a]",
        "*",
        "+a",
        "?",
        "a**",
        "a{1}{2}",
        "{1}",
        "a{2,1}",
        "^*",
        "\\b+",
        "(?<=a)*",
        "(?<!a)?",
        "\\",
        "a\\",
        "[\\",
        "(?<a>x)(?<a>y)",
        "(?<a>x)\\k",
        "(?<a>x)\\k<b>",
        "(?<a>x)[\\k]",
        "x{1,2}{3}",
        "a???",
        "(?i:a)",
    ] {
        let got = Pattern::new(pattern, false);
        assert!(matches!(got, Err(PatternError::Syntax { .. })), "/{pattern}/ gave {got:?}");
    }
    let text = Pattern::new("ab(", false).unwrap_err().to_string();
    assert_eq!(text, "Invalid regular expression: /ab(/: Unterminated group at character 3");
    let deep = "(".repeat(5000) + &")".repeat(5000);
    assert!(matches!(Pattern::new(&deep, false), Err(PatternError::TooLarge { .. })));
}

#[test]
fn hostile_patterns_end() {
    let text = "a".repeat(5000) + "!";
    for pattern in
        ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)*x", "(?:a?){30}a{30}$", "^(?:(?:a+)+)+$", "(?!.*b)c"]
    {
        let began = Instant::now();
        assert!(!matches(pattern, false, &text), "{pattern}");
        assert!(began.elapsed() < Duration::from_secs(2), "{pattern} took {:?}", began.elapsed());
    }
    for pattern in ["(a+)+\\1b$", "(a*)*\\1b", "(?:a{0,1000}){1000}b", "(?:){4000000000}b"] {
        let began = Instant::now();
        let got = Pattern::new(pattern, false).unwrap().is_match(&text);
        assert!(matches!(got, Err(PatternError::TooComplex { .. })), "{pattern} gave {got:?}");
        assert!(began.elapsed() < Duration::from_secs(2), "{pattern} took {:?}", began.elapsed());
    }
    let nested = "(".repeat(60) + "a" + &"+)".repeat(60) + "$";
    let _ = Pattern::new(&nested, false).unwrap().is_match(&text);
    assert!(matches("^(?:ab){300}$", false, &"ab".repeat(300)));
    assert!(!matches("^(?:ab){300}$", false, &"ab".repeat(301)));
}

#[test]
fn texts_of_the_recorder_are_compared_directly() {
    let text = "Hello (Ada). $5.10 [a|b] {x} ^ * + ? \\ é😀\n";
    let exact = format!("^{}$", escape(text));
    for source in [exact.clone(), escape(text).into_owned(), "^a\\/b".into(), "a$".into(), String::new()] {
        let pattern = Pattern::new(&source, false).unwrap();
        assert!(matches!(pattern.kind, Kind::Literal(_)), "{source}");
    }
    for source in ["a.", "a$b", "a|b", "\\d", "\\b", "\\é"] {
        let pattern = Pattern::new(source, false).unwrap();
        assert!(matches!(pattern.kind, Kind::Program(_)), "{source}");
    }
    assert!(matches(&exact, false, text));
    assert!(!matches(&exact, false, &format!("{text}x")));
    assert!(matches(&exact, true, &text.to_uppercase()));
    for (source, text) in [("^ab", "ABc"), ("bc$", "aBC"), ("b", "aBc"), ("^abc$", "ABC")] {
        assert!(matches(source, true, text));
        assert!(!matches(source, false, text));
        assert!(!matches(source, true, ""));
    }
    assert_eq!(escape("a-b/c"), "a-b/c");
}
