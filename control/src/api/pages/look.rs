//! How the pages look: pure functions from answers to HTML.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::api::happened::Bind;
use crate::api::shapes::Status;
use crate::explain::{Answer, Explained};
use crate::fault::{Fault, Outcome};
use crate::money;
use crate::settle::Settlement;

/// What stands in the three fields of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed([String; 3]);

impl Typed {
    pub(super) fn of(fields: [Option<String>; 3]) -> Self {
        Self(fields.map(Option::unwrap_or_default))
    }

    pub(super) fn fields(&self) -> [Option<String>; 3] {
        self.0.clone().map(Some)
    }
}

/// Where one can go.
const PLACES: [(&str, &str); 4] = [
    ("/", "Overview"),
    ("/carriers", "Carriers"),
    ("/route", "Route"),
    ("/settlement", "Settlement"),
];

/// A page around its content; a live one is looked at again every two seconds.
fn page(title: &str, live: bool, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " - Signalbox" }
                link rel="stylesheet" href="/page.css";
                script src="/page.js" defer {}
            }
            body {
                a.skip href="#content" { "To the content" }
                header {
                    strong { "Signalbox" }
                    nav aria-label="Pages" {
                        @for (key, (address, name)) in PLACES.iter().enumerate() {
                            a href=(address) accesskey=(key + 1)
                                aria-current=[(*name == title).then_some("page")] { (name) }
                        }
                    }
                }
                main id="content" tabindex="-1" data-live[live] {
                    h1 { (title) }
                    (content)
                }
                footer {
                    "Read only. Keys: / finds, Alt+1 to 4 (with Shift in Firefox) turn the pages."
                }
            }
        }
    }
}

/// A table that scrolls by itself on a narrow screen.
fn table(caption: &str, headings: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                tbody {
                    @for row in rows { tr { @for cell in row { td { (cell) } } } }
                    @if rows.is_empty() { tr { td colspan=(headings.len()) { "none" } } }
                }
            }
        }
    }
}

fn plain(text: impl std::fmt::Display) -> Markup {
    html! { (text.to_string()) }
}

/// A word that says by its colour, too, whether all is well.
fn state(well: bool, word: &str) -> Markup {
    html! { span class=(if well { "well" } else { "ill" }) { (word) } }
}

fn is_well(bind: &Bind) -> bool {
    bind.state.starts_with("bound") || bind.state == "up"
}

/// What should not be so.
fn alarms(status: &Status, binds: &[Bind]) -> Vec<String> {
    let mut found = Vec::new();
    for node in &status.nodes {
        if !node.up {
            found.push(format!("node {} is down", node.name));
            continue;
        }
        let behind = node.shards.iter().filter(|shard| shard.generation != status.generation);
        found.extend(behind.map(|shard| {
            format!("shard {} of {} obeys generation {}", shard.shard, node.name, shard.generation)
        }));
    }
    let lost = binds.iter().filter(|bind| bind.role == "connection" && !is_well(bind));
    found.extend(lost.map(|bind| {
        let name = bind.name.as_deref().unwrap_or("?");
        format!("connection {name} of {} is {}", bind.env, bind.state)
    }));
    if let Some(awaits) = &status.awaits {
        found.push(format!("{} awaits `confirm` until {}", awaits.generation, awaits.until));
    }
    found
}

/// Shards, binds, environments, rates.
pub(super) fn overview(status: &Status, binds: &[Bind]) -> Markup {
    let alarms = alarms(status, binds);
    let shards = status.nodes.iter().flat_map(|node| {
        node.shards.iter().map(|shard| {
            let tally = |name| plain(shard.tallies.get(name).copied().unwrap_or_default());
            vec![
                plain(&node.name),
                state(node.up, if node.up { "up" } else { "down" }),
                plain(shard.shard),
                plain(shard.generation),
                plain(shard.links),
                plain(shard.rate_in),
                plain(shard.rate_out),
                tally("sms_accepted"),
                tally("sms_delivered"),
                tally("sms_failed"),
                tally("sms_pending"),
            ]
        })
    });
    let worlds = status.environments.iter().map(|world| {
        let count = |kind| plain(world.counts.get(kind).copied().unwrap_or_default());
        vec![
            plain(&world.name),
            plain(&world.domain),
            count("accounts"),
            count("carriers"),
            count("connections"),
            count("policies"),
        ]
    });
    page(
        "Overview",
        true,
        &html! {
            p { "Generation " strong { (status.generation) } " is live." }
            section aria-label="Alarms" role="status" {
                @if alarms.is_empty() { p.well { "All is well." } }
                ul.alarms { @for alarm in &alarms { li { (alarm) } } }
            }
            (table("Shards", SHARDS, &shards.collect::<Vec<_>>()))
            (table("Environments", WORLDS, &worlds.collect::<Vec<_>>()))
            (links(binds))
        },
    )
}

fn links(binds: &[Bind]) -> Markup {
    let rows = binds.iter().map(|bind| {
        vec![
            plain(&bind.env),
            plain(bind.role),
            plain(bind.name.as_deref().unwrap_or_default()),
            state(is_well(bind), bind.state),
            plain(&bind.peer),
            plain(bind.rate_in),
            plain(bind.rate_out),
            plain(format!("{}/{}", bind.outstanding, bind.window)),
            plain(bind.owed),
        ]
    });
    table("Links", LINKS, &rows.collect::<Vec<_>>())
}

/// Carriers, connections, and how their links stand.
pub(super) fn carriers(lists: &[Vec<Value>], binds: &[Bind]) -> Markup {
    let rows = |list: Option<&Vec<Value>>, role: &str, fields: [&str; 5]| -> Vec<Vec<Markup>> {
        let row = |row: &Value| {
            let mut cells: Vec<Markup> = fields.iter().map(|key| plain(word(&row[*key]))).collect();
            let own = |bind: &&Bind| {
                bind.role == role
                    && row["env"] == *bind.env
                    && row["name"] == bind.name.as_deref().unwrap_or_default()
            };
            let up = binds.iter().filter(own).filter(|bind| is_well(bind)).count();
            cells.push(state(up > 0, &up.to_string()));
            cells
        };
        list.into_iter().flatten().map(row).collect()
    };
    let carriers = rows(lists.first(), "carrier", ["env", "name", "system_id", "tps", "tariff"]);
    let ways = rows(lists.get(1), "connection", ["env", "name", "system_id", "tps", "remote"]);
    page(
        "Carriers",
        true,
        &html! {
            (table("Carriers", CARRIERS, &carriers))
            (table("Connections", CONNECTIONS, &ways))
        },
    )
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Fields, each with its label, and the button.
fn form(address: &str, fields: [(&str, &str, &str); 3], typed: &Typed, button: &str) -> Markup {
    html! {
        form action=(address) method="get" {
            @for ((name, label, hint), value) in fields.into_iter().zip(&typed.0) {
                label {
                    (label)
                    input name=(name) value=(value) placeholder=(hint) autocomplete="off";
                }
            }
            button { (button) }
        }
    }
}

/// Type a number, see the decision and why.
pub(super) fn route(typed: &Typed, told: Option<&Outcome<Explained>>) -> Markup {
    let fields = [
        ("env", "Environment", "the only one"),
        ("from", "From", "a carrier or an account"),
        ("number", "Number", "2222"),
    ];
    let decided = |name: &str, answer: &Answer| {
        html! {
            h2 { (name) }
            p.decision { (answer.words) }
            ol { @for one in &answer.considered { li { (one.rule) ": " strong { (one.fate) } } } }
        }
    };
    page(
        "Route",
        false,
        &html! {
            (form("/route", fields, typed, "Where does it go?"))
            @match told {
                None => {}
                Some(Err(fault)) => (said(fault)),
                Some(Ok(told)) => {
                    section aria-label="Decision" role="status" {
                        (decided("Live", &told.live))
                        @if told.changes { (decided("With your draft", &told.draft)) }
                    }
                }
            }
        },
    )
}

/// What a carrier owes, and the same to take away.
pub(super) fn settlement(typed: &Typed, told: Option<&Outcome<Settlement>>) -> Markup {
    let fields = [
        ("env", "Environment", "the only one"),
        ("carrier", "Carrier", "TATA"),
        ("month", "Month", "2026-11"),
    ];
    page(
        "Settlement",
        false,
        &html! {
            (form("/settlement", fields, typed, "What is owed?"))
            @match told {
                None => {}
                Some(Err(fault)) => (said(fault)),
                Some(Ok(told)) => (settled(typed, told)),
            }
        },
    )
}

fn settled(typed: &Typed, told: &Settlement) -> Markup {
    let rows = told.lines.iter().map(|line| {
        vec![
            plain(&line.tariff),
            plain(line.tariff_version),
            plain(if line.prefix.is_empty() { "*" } else { &line.prefix }),
            plain(money::price(line.price_micros)),
            plain(line.units),
            plain(money::price(line.charge_micros)),
        ]
    });
    let [env, carrier, month] = &typed.0;
    html! {
        section aria-label="Settlement" role="status" {
            p {
                (told.carrier) ", " (told.period.from) " to " (told.period.to) ": "
                (told.messages_received) " received, " (told.messages_accepted) " accepted, "
                (told.messages_delivered) " delivered, " (told.messages_rejected) " rejected."
            }
            (table("Lines", LINES, &rows.collect::<Vec<_>>()))
            @for extra in &told.extras {
                p { (extra.kind) ": " (extra.what) ": " (money::amount(extra.amount_micros)) }
            }
            p.due { "Due: " strong { (told.due) } }
            @for (action, what) in FORMS {
                form action=(action) method="get" {
                    input type="hidden" name="env" value=(env);
                    input type="hidden" name="carrier" value=(carrier);
                    input type="hidden" name="month" value=(month);
                    button { (what) }
                }
            }
        }
    }
}

/// Where a browser shows its token, once.
pub(super) fn login() -> Markup {
    page(
        "Sign in",
        false,
        &html! {
            form action="/login" method="post" {
                label {
                    "Token"
                    input name="token" type="password" required autocomplete="current-password";
                }
                button { "Sign in" }
            }
            p { "A token is made with " code { "signalbox token add NAME --role read" } "." }
        },
    )
}

/// A page that could not be made.
pub(super) fn trouble(fault: &Fault) -> Markup {
    page("Trouble", false, &said(fault))
}

fn said(fault: &Fault) -> Markup {
    html! {
        p.ill role="alert" { (fault.error) }
        @if let Some(cure) = &fault.cure { p { (cure) } }
    }
}

const SHARDS: &[&str] = &[
    "Node",
    "State",
    "Shard",
    "Generation",
    "Links",
    "In/s",
    "Out/s",
    "Accepted",
    "Delivered",
    "Failed",
    "Pending",
];
const CARRIERS: &[&str] = &["Env", "Carrier", "System id", "SMS/s", "Tariff", "Links"];
const CONNECTIONS: &[&str] = &["Env", "Connection", "System id", "SMS/s", "Remote", "Links"];
const WORLDS: &[&str] =
    &["Environment", "Domain", "Accounts", "Carriers", "Connections", "Policies"];
const LINKS: &[&str] =
    &["Env", "Role", "Name", "State", "Peer", "In/s", "Out/s", "Window", "Receipts owed"];
/// The same in other forms.
const FORMS: [(&str, &str); 3] = [
    ("/settlement.csv", "Download as CSV"),
    ("/settlement.xlsx", "Download as XLSX"),
    ("/settlement.html", "Print"),
];

const LINES: &[&str] = &["Tariff", "Version", "Prefix", "Price", "Units", "Charge"];
