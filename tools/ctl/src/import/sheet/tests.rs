use std::io::Write;

use super::*;

fn sheet(text: &str) -> (tempfile::NamedTempFile, Result<Sheet, Trouble>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let sheet = Sheet::open("account", file.path());
    (file, sheet)
}

#[test]
fn rows_become_fields() {
    let (_file, sheet) = sheet(
        "name,password,numbers,messaging\r\n\
         39100,\"a,\"\"b\"\"\",39100;39101,off\r\n\
         \r\n\
         39102,\"two\nlines\",,\n",
    );
    let sheet = sheet.unwrap();
    assert_eq!(sheet.check().unwrap(), 2);
    let rows: Vec<Row> = sheet.map(Result::unwrap).collect();
    assert_eq!(rows[0].name, "39100");
    assert_eq!(
        Value::from(rows[0].fields.clone()),
        serde_json::json!({ "password": "a,\"b\"", "numbers": ["39100", "39101"],
            "messaging": false })
    );
    assert_eq!(
        Value::from(rows[1].fields.clone()),
        serde_json::json!({ "password": "two\nlines" })
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let table = [
        ("", ":1: it has no header"),
        ("nme,password\n", ":1: there is no field 'nme'"),
        ("password\nx\n", ":1: its header must have 'name' once"),
        ("name,messaging\n1,on\n\n2,maybe\n", ":4: messaging: 'maybe' is not read"),
        ("name,messaging\n1\n", ":2: it has 1 cells, the header has 2"),
        ("name,messaging\n,on\n", ":2: it has no name"),
        ("name,password\n1,\"x\n", ":2: a quotation mark is never closed"),
    ];
    for (text, expected) in table {
        let (_file, sheet) = sheet(text);
        let trouble = sheet.and_then(|sheet| sheet.check()).unwrap_err().to_string();
        assert!(trouble.ends_with(expected), "{text:?}: {trouble}");
    }
}

#[test]
fn a_row_that_control_refuses_is_found_again() {
    let (file, sheet) = sheet("name\n1\n\n2\n");
    let told = sheet.unwrap().blame(1, Trouble::new(INVALID, "no")).to_string();
    assert_eq!(told, format!("{}:4: no", file.path().display()));
}
