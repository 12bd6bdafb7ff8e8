use super::*;

const FILE: &str = "prefix,country,mcc,mnc,network\n\
    44,GB,,,\n447,GB,234,,\n44790,GB,234,10,\"Far, Near & Co\"\n\n49,DE,262,,\n";

fn wrong(text: &str) -> String {
    Numbering::read(text.as_bytes(), "plan.csv").unwrap_err().error
}

#[test]
fn the_longest_prefix_says_it() {
    let plan = Numbering::read(FILE.as_bytes(), "plan.csv").unwrap();
    assert_eq!(plan.len(), 4);
    let of = |number: &str| plan.find(number).map(|one| (one.mnc.as_str(), one.network.as_str()));
    assert_eq!(of("447900123456"), Some(("10", "Far, Near & Co")));
    assert_eq!(of("447800123456"), Some(("", "")));
    assert_eq!(of("4"), None);
    assert_eq!(of("33612345678"), None);
    assert_eq!(of("AsiaCell"), None);
    assert_eq!(plan.find("491712345678").unwrap().country, "DE");
    let few = Numbering::read(b"country;prefix\nFR;33\n", "plan.csv").unwrap();
    assert_eq!(few.find("33612345678").unwrap().country, "FR");
}

#[test]
fn what_is_wrong_is_told_with_line_and_column() {
    let row = |row: &str| wrong(&format!("prefix,country,mcc,mnc,network\n1,US,,,\n{row}\n"));
    for (line, column, what) in [
        ("+44,GB,,,", "prefix", "'+44' is not 1 to 15 digits"),
        (",GB,,,", "prefix", "'' is not"),
        ("1,US,,,", "prefix", "1 stands there twice"),
        ("44,GB,2345,,", "mcc", "'2345' is not three digits"),
        ("44,GB,234,1,", "mnc", "'1' is not two or three digits"),
        ("44,GB,,10,", "mnc", "beside an mcc"),
    ] {
        let told = row(line);
        let place = format!("plan.csv line 3, column {column}: ");
        assert!(told.starts_with(&place) && told.contains(what), "{line}: {told}");
    }
    let long = row(&format!("44,{},,,", "x".repeat(65)));
    assert!(long.contains("line 3, column country"), "{long}");
    assert!(wrong("number,country\n").contains("line 1: there is no column prefix"));
    let many = format!("prefix,country\n{}", "x,GB\n".repeat(99));
    assert_eq!(wrong(&many).lines().count(), 20);
}

/// The file that comes with the program: each code of the world once.
#[test]
fn the_country_codes_that_come_with_it_are_read() {
    let codes = include_bytes!("../../../tools/package/e164.csv");
    let plan = Numbering::read(codes, "e164.csv").unwrap();
    assert!(plan.len() > 200, "{}", plan.len());
    let some = [("447900123456", "GB"), ("12421234567", "BS"), ("77012345678", "KZ")];
    for (number, country) in some {
        assert_eq!(plan.find(number).unwrap().country, country);
    }
    assert!(plan.find("12025550123").is_none(), "a code of many countries says none");
}
