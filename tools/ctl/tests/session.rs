//! The operator's session, with both real binaries.
//!
//! `session.trycmd` is a transcript: what it shows is what happens. The node beside it is no
//! dataplane but a thread that obeys every plan, so that a commit has somebody to wait for.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod site;

use site::Site;

#[test]
fn the_session_goes_as_written() {
    let site = Site::new();
    trycmd::TestCases::new().env("SIGNALBOX_SOCKET", site.socket()).case("tests/session.trycmd");
}

#[test]
fn commits_are_confirmed_planned_and_looked_at_as_written() {
    let site = Site::new();
    trycmd::TestCases::new().env("SIGNALBOX_SOCKET", site.socket()).case("tests/flow.trycmd");
}

#[test]
fn an_operators_day_goes_as_written() {
    let site = Site::new();
    trycmd::TestCases::new().env("SIGNALBOX_SOCKET", site.socket()).case("tests/day.trycmd");
}

#[test]
fn the_page_about_routing_is_true() {
    let site = Site::new();
    trycmd::TestCases::new().env("SIGNALBOX_SOCKET", site.socket()).case("../../docs/routing.md");
}

#[test]
fn control_is_named_when_it_does_not_answer() {
    trycmd::TestCases::new()
        .env("SIGNALBOX_CONTEXTS", "tests/contexts.toml")
        .case("tests/unreachable.trycmd");
}

#[test]
fn files_are_taken_whole_or_pointed_at() {
    let site = Site::new();
    trycmd::TestCases::new().env("SIGNALBOX_SOCKET", site.socket()).case("tests/files.trycmd");
}

#[test]
fn numbers_rest_and_customers_have_limits_as_written() {
    let site = Site::new();
    trycmd::TestCases::new().env("SIGNALBOX_SOCKET", site.socket()).case("tests/inventory.trycmd");
}
