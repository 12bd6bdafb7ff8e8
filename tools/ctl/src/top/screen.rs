//! Draws a view; 80 columns and 24 lines are enough.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Paragraph, Row, Table};
use serde_json::Value;

use super::view::{ORDERS, View, is_well, list};
use crate::writing::text;

/// A column: heading, key, width, and whether it is a number.
type Column = (&'static str, &'static str, u16, bool);

const WORLDS: &[Column] = &[
    ("Environment", "name", 14, false),
    ("Domain", "domain", 22, false),
    ("Accounts", "accounts", 9, true),
    ("Carriers", "carriers", 9, true),
    ("Conns", "connections", 6, true),
    ("Policies", "policies", 9, true),
];

const SHARDS: &[Column] = &[
    ("Node", "node", 10, false),
    ("Shard", "shard", 5, true),
    ("Gen", "generation", 6, true),
    ("Links", "links", 6, true),
    ("In/s", "rate_in", 8, true),
    ("Out/s", "rate_out", 8, true),
    ("Accepted", "accepted", 10, true),
    ("Delivered", "delivered", 10, true),
    ("Pending", "pending", 8, true),
];

const BINDS: &[Column] = &[
    ("Env", "env", 8, false),
    ("", "role", 10, false),
    ("Name", "name", 12, false),
    ("State", "state", 9, false),
    ("In/s", "rate_in", 6, true),
    ("Out/s", "rate_out", 6, true),
    ("Window", "window", 9, true),
    ("Receipts", "owed", 8, true),
];

/// Draws it.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View) {
    let worlds = list(&view.status["environments"]);
    let shards = shards(&view.status);
    let alarms = view.alarms();
    let height = |rows: usize, most: usize| Constraint::Length(rows.min(most) as u16 + 2);
    let parts = Layout::vertical([
        Constraint::Length(1),
        height(worlds.len(), WORLDS_MAX),
        height(shards.len(), SHARDS_MAX),
        Constraint::Min(3),
        Constraint::Length(alarms.len().min(ALARMS_MAX) as u16),
        Constraint::Length(1),
    ]);
    let [head, top, middle, bottom, warnings, foot] = parts.areas(frame.area());
    frame.render_widget(headline(view), head);
    table(frame, top, WORLDS, worlds);
    table(frame, middle, SHARDS, &shards);
    let binds: Vec<Value> = view.rows().into_iter().skip(view.skip).map(with_window).collect();
    table(frame, bottom, BINDS, &binds);
    let alarms = alarms.into_iter().take(ALARMS_MAX).map(|alarm| Line::from(alarm).red());
    frame.render_widget(Paragraph::new(alarms.collect::<Vec<_>>()), warnings);
    frame.render_widget(keys(view), foot);
}

fn headline(view: &View) -> Paragraph<'static> {
    let nodes = list(&view.status["nodes"]);
    let up = nodes.iter().filter(|node| node["up"] == true).count();
    let live = text(&view.status["generation"]);
    let line = format!("Signalbox  generation {live} is live  {up}/{} nodes up", nodes.len());
    Paragraph::new(Line::from(line).bold())
}

fn keys(view: &View) -> Paragraph<'static> {
    let words = match (view.typing, view.wanted.is_empty()) {
        (true, _) => format!("search: {}_  Enter keeps it, Esc forgets it", view.wanted),
        (false, true) => format!("q leave  / search  s sorted by {}", ORDERS[view.order].0),
        (false, false) => format!("q leave  Esc all of them, not only '{}'", view.wanted),
    };
    Paragraph::new(Line::from(words).dim())
}

fn table(frame: &mut Frame<'_>, area: Rect, columns: &[Column], rows: &[Value]) {
    let cell = |words: String, (.., width, number): &Column| {
        let width = usize::from(*width);
        if *number { Cell::from(format!("{words:>width$}")) } else { Cell::from(words) }
    };
    let heading = columns.iter().map(|column| cell(column.0.to_owned(), column));
    let row = |row: &Value| {
        let down = row["state"].is_string() && !is_well(row) || row["up"] == false;
        let style = if down { Style::new().red() } else { Style::new() };
        let cells = columns.iter().map(|column| cell(text(&row[column.1]), column));
        Row::new(cells.collect::<Vec<_>>()).style(style)
    };
    let widths = columns.iter().map(|(.., width, _)| Constraint::Length(*width));
    let heading = Row::new(heading.collect::<Vec<_>>()).style(Style::new().dim());
    frame.render_widget(Table::new(rows.iter().map(row), widths).header(heading), area);
}

/// One row for each shard; a node that never ran has one, too.
fn shards(status: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    for node in list(&status["nodes"]) {
        let mut row = serde_json::json!({ "node": node["name"], "up": node["up"] });
        for shard in list(&node["shards"]) {
            for key in ["shard", "generation", "links", "rate_in", "rate_out"] {
                row[key] = shard[key].clone();
            }
            for key in ["accepted", "delivered", "pending"] {
                row[key] = shard["tallies"][format!("sms_{key}")].clone();
            }
            rows.push(row.clone());
        }
        if list(&node["shards"]).is_empty() {
            rows.push(row);
        }
    }
    rows
}

/// How much of its window a bind uses.
fn with_window(row: &Value) -> Value {
    let mut row = row.clone();
    row["window"] = format!("{}/{}", row["outstanding"], row["window"]).into();
    row
}

const WORLDS_MAX: usize = 5;
const SHARDS_MAX: usize = 6;
const ALARMS_MAX: usize = 3;

#[cfg(test)]
mod tests;
