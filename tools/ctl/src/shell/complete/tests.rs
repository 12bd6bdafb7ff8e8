use super::*;

/// The candidates for a line, when control knows what is given.
fn offered(line: &str, known: &dyn Fn(&Asked<'_>) -> Vec<String>) -> Vec<String> {
    let found = complete(line, known);
    found
        .candidates
        .into_iter()
        .map(|one| line[..found.start].to_owned() + &one.replacement)
        .collect()
}

fn nothing(_: &Asked<'_>) -> Vec<String> {
    Vec::new()
}

fn carriers(asked: &Asked<'_>) -> Vec<String> {
    match asked.names {
        Names::Objects(["carrier"]) => vec!["TATA".to_owned(), "TIM two".to_owned()],
        Names::Objects(["environment"]) => vec!["env1".to_owned()],
        _ => Vec::new(),
    }
}

#[test]
fn words_come_from_the_tree() {
    let table: [(&str, &[&str]); 10] = [
        ("carr", &["carrier "]),
        ("ex", &["export ", "exit "]),
        ("us", &["use "]),
        ("carrier s", &["carrier set ", "carrier show "]),
        ("carrier set TATA --wind", &["carrier set TATA --window "]),
        ("--con", &["--context "]),
        ("commit --at", &["commit --at "]),
        ("carrier add TATA --charge-on a", &["carrier add TATA --charge-on accepted "]),
        ("carrier add TATA --charge-on=d", &["carrier add TATA --charge-on=delivered "]),
        ("signalbox diff --imp", &["signalbox diff --impact "]),
    ];
    for (line, expected) in table {
        assert_eq!(offered(line, &nothing), expected, "{line}");
    }
}

#[test]
fn names_come_from_control() {
    let table: [(&str, &[&str]); 6] = [
        ("carrier set T", &["carrier set TATA ", "carrier set 'TIM two' "]),
        ("carrier show TA", &["carrier show TATA "]),
        ("carrier add T", &[]),
        ("settle --carrier 'TI", &["settle --carrier 'TIM two' "]),
        ("-o json carrier rm TA", &["-o json carrier rm TATA "]),
        ("carrier list --env ", &["carrier list --env env1 "]),
    ];
    for (line, expected) in table {
        assert_eq!(offered(line, &carriers), expected, "{line}");
    }
}

#[test]
fn the_environment_of_the_line_counts() {
    let asked = std::cell::RefCell::new(Vec::new());
    let ask = |one: &Asked<'_>| {
        asked.borrow_mut().push((one.env.map(str::to_owned), one.begun.to_owned()));
        Vec::new()
    };
    complete("account show --env env2 39", &ask);
    complete("--env=env3 account show ", &ask);
    let env = |name: &str| Some(name.to_owned());
    assert_eq!(*asked.borrow(), [(env("env2"), "39".to_owned()), (env("env3"), String::new())]);
}
