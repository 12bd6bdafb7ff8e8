use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;

use super::*;
use crate::top::view::Press;

fn view() -> View {
    let shard = |number: u8, generation: u64| {
        json!({"shard": number, "generation": generation, "links": 2, "rate_in": 1200,
            "rate_out": 900, "tallies": {"sms_accepted": 77, "sms_delivered": 76,
            "sms_pending": 1}})
    };
    let bind = |role: &str, name: &str, state: &str, rate_in: u32| {
        json!({"env": "env1", "role": role, "name": name, "state": state, "rate_in": rate_in,
            "rate_out": 3, "outstanding": 17, "window": 100, "owed": 5, "peer": "127.0.0.1:9"})
    };
    View {
        status: json!({"generation": 42, "environments": [{"name": "env1",
            "domain": "env1.example", "accounts": 1000, "carriers": 2, "connections": 1,
            "policies": 3}], "nodes": [
            {"name": "env1", "up": true, "shards": [shard(0, 42), shard(1, 41)]},
            {"name": "env2", "up": false, "shards": []}]}),
        binds: vec![
            bind("carrier", "TATA", "bound_trx", 1200),
            bind("connection", "smsc", "down", 0),
            bind("carrier", "Airtel", "bound_trx", 7),
        ],
        ..View::default()
    }
}

fn drawn(view: &View) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, view)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y| (0..80).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..24).map(|y| line(y).trim_end().to_owned()).collect()
}

#[test]
fn all_of_it_stands_on_a_small_screen() {
    let shown = drawn(&view());
    let expected = [
        "Signalbox  generation 42 is live  1/2 nodes up",
        "Environment    Domain                  Accounts   Carriers   Conns  Policies",
        "env1           env1.example                1000         2      1         3",
    ];
    assert_eq!(shown[0], expected[0]);
    let words: Vec<Vec<&str>> =
        shown.iter().map(|line| line.split_whitespace().collect()).collect();
    for line in [
        "env1 env1.example 1000 2 1 3",
        "env1 0 42 2 1200 900 77 76 1",
        "env2",
        "env1 carrier TATA bound_trx 1200 3 17/100 5",
        "node env2 is down",
        "shard 1 of env1 obeys another generation",
        "connection smsc of env1 is down",
        "q leave / search s sorted by name",
    ] {
        let line: Vec<&str> = line.split_whitespace().collect();
        assert!(words.contains(&line), "{line:?} in\n{}", shown.join("\n"));
    }
}

#[test]
fn binds_are_sorted_and_searched() {
    let mut view = view();
    let names =
        |view: &View| -> Vec<String> { view.rows().iter().map(|row| text(&row["name"])).collect() };
    assert_eq!(names(&view), ["Airtel", "TATA", "smsc"]);
    assert!(view.handle(Press::Letter('s')));
    assert_eq!(names(&view), ["TATA", "Airtel", "smsc"], "by what comes in");
    for letter in "/sq".chars() {
        assert!(view.handle(Press::Letter(letter)), "letters that are typed mean nothing else");
    }
    assert!(drawn(&view)[23].starts_with("search: sq_"));
    view.handle(Press::Erase);
    view.handle(Press::Letter('m'));
    view.handle(Press::Done);
    assert_eq!(names(&view), ["smsc"]);
    view.handle(Press::Down);
    assert_eq!(view.skip, 0, "the last row stays");
    view.handle(Press::Clear);
    assert_eq!(names(&view).len(), 3);
    assert!(!view.handle(Press::Letter('q')));
}

#[test]
fn a_control_that_is_gone_is_an_alarm() {
    let view = View { lost: Some("control does not answer".to_owned()), ..view() };
    assert_eq!(view.alarms()[0], "control does not answer");
}
