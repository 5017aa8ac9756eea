//! Tests of reading and writing dates.

use jiff::tz::TimeZone;

use super::{format, iso_utc_ms, parse, time_slot, zone};

fn read(text: &str) -> Option<String> {
    parse(text).map(iso_utc_ms)
}

#[test]
fn other_forms_are_read_month_first() {
    let day = Some("2022-11-27T00:00:00.000+00:00".to_owned());
    for text in [
        "11/27/2022",
        "11-27-2022",
        "2022/11/27",
        "Nov 27, 2022",
        "27 Nov 2022",
        "Sun Nov 27 2022",
        " 2022-11-27 ",
    ] {
        assert_eq!(read(text), day, "{text}");
    }
    assert_eq!(read("Sun, 27 Nov 2022 23:20:00 GMT").unwrap(), "2022-11-27T23:20:00.000+00:00");
    assert_eq!(read("2022-1-5 9:30 pm").unwrap(), "2022-01-05T21:30:00.000+00:00");
    assert_eq!(read("2022-12-04 23:00:00 +10:00").unwrap(), "2022-12-04T13:00:00.000+00:00");
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "2022-12-04T23:00:00 +10:00",
        "2022-12-04T23:00 ",
        "31 Nov 2012 05:53:53 GMT",
        "27/11/2022",
        "1669590000000",
        "2022-02-30",
        "20221127T23:20",
        "noon",
        "Mon, 27 Nov 2022 23:20:00 GMT",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn tokens_of_the_table() {
    let brisbane = zone("australia/brisbane").unwrap();
    let at = parse("2022-11-04T09:05:09.045+10:00").unwrap();
    for (token, wanted) in [
        ("M Mo MM MMM MMMM", "11 11th 11 Nov November"),
        ("D Do DD DDD DDDo DDDD DDDDD", "4 4th 04 308 308th 308 3084"),
        ("d do dd ddd dddd e E", "5 5th Fr Fri Friday 5 5"),
        ("w wo ww W Wo WW", "45 45th 45 44 44th 44"),
        ("YY YYYY YYYYYY Y y", "22 2022 +002022 2022 2022"),
        ("h:mma at D", "9:05am amt 4"),
        ("S SS SSS SSSS", "0 04 045 0450"),
        ("Z ZZ z zz X", "+10:00 +1000 AEST AEST 1667516709"),
        ("LT|LTS|L|LL", "9:05 AM|9:05:09 AM|11/04/2022|November 4, 2022"),
        ("[a] b] \\D\\LT", "a] b DLT"),
        ("hmm Hmmss k", "905 90509 9"),
        ("", "2022-11-04T09:05:09+10:00"),
    ] {
        assert_eq!(format(at, &brisbane, true, token), wanted, "{token}");
    }
    assert_eq!(format(at, &TimeZone::UTC, false, "HH z"), "23 ");
}

#[test]
fn time_slots() {
    for (text, wanted) in [
        ("0:5", Some(5)),
        ("12:15 am", Some(15)),
        ("5 PM", Some(1020)),
        ("24:00", Some(1440)),
        ("24:01", None),
    ] {
        assert_eq!(time_slot(text), wanted, "{text}");
    }
}
