//! The interface, written down for programs: OpenAPI 3.1, made from the types that handlers take
//! and give.

mod document;

use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::shapes::{
    Confirmed, Discarded, Draft, Harvested, Made, Nothing, Object, Registration, Removed, Status,
    Told,
};
use super::{
    bookings, closed, doctor, flow, happened, import, model, numbers, reasons, sheets, tables,
    tokens,
};
use crate::account;
use crate::apply::Change;
use crate::cdr;
use crate::explain::Explained;
use crate::impact::Impact;
use crate::inventory::NumberRow;
use crate::reconcile::{self, Reconciled};
use crate::settle::{self, Settlement};
use crate::store::{GenerationRow, PlannedRow, TokenRow};
use crate::verify::{self, Verified};
use crate::whatif::{self, WhatIf};
use crate::why::{Traced, Why};

pub(super) use document::serve;

type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What can be asked at an address.
pub(super) struct Operation {
    /// How.
    pub(super) method: Method,
    /// Where.
    pub(super) path: &'static str,
    /// What it does, in a line.
    does: &'static str,
    asks: Asks,
    answers: Shape,
    /// What its answer is written in.
    written_in: &'static str,
}

/// What comes with a request.
enum Asks {
    Query(Shape),
    Body(Shape),
    /// A file, what is to be done with it, and what it is written in.
    File(Shape, &'static str),
}

/// Every address, in the order of the words of the operator's day.
pub(super) const OPERATIONS: &[Operation] = &[
    get::<Nothing, Status>("/v1/status", "Nodes, shards, environments and drafts"),
    get::<model::Which, Vec<Object>>("/v1/objects", "Objects of a kind, your draft on top"),
    get::<model::Named, Object>("/v1/object", "One object, your draft on top"),
    get::<numbers::Which, Vec<NumberRow>>("/v1/numbers", "The inventory, your draft on top"),
    post::<Change, model::Changed>("/v1/change", "Put a change into your draft"),
    post::<Vec<Change>, Vec<model::Changed>>("/v1/changes", "Several changes, all or none"),
    file::<Nothing, import::Taken>(
        "application/x-ndjson",
        "/v1/import",
        "Many changes, a line each",
    ),
    file::<tables::Import, tables::Imported>("text/csv", "/v1/table", "A file of rows"),
    file::<sheets::Import, sheets::Imported>("text/csv", "/v1/tariff", "A rate sheet"),
    get::<Nothing, Draft>("/v1/diff", "What your draft would change"),
    get::<model::Route, Explained>("/v1/route", "What would become of an Sms, and why"),
    get::<reasons::Period, Impact>("/v1/impact", "What your draft would have changed in a period"),
    post::<model::Commit, model::Live>("/v1/commit", "Make your draft live, now or at a time"),
    post::<Nothing, Confirmed>("/v1/confirm", "Keep what would be taken back"),
    get::<Nothing, Vec<PlannedRow>>("/v1/planned", "Commits that wait for their time"),
    post::<flow::Cancel, PlannedRow>("/v1/cancel", "Make a planned commit a draft again"),
    post::<model::RollBack, model::Live>("/v1/rollback", "Make an older generation live again"),
    post::<Nothing, Discarded>("/v1/discard", "Forget your draft"),
    get::<flow::Latest, Vec<GenerationRow>>("/v1/history", "The generations, newest first"),
    get::<flow::Which, Told>("/v1/generation", "A generation, and what it changed"),
    get::<happened::Whose, Vec<Registration>>("/v1/registrations", "Who is registered where"),
    get::<happened::Where, Vec<happened::Bind>>("/v1/binds", "Links with carriers and SMSCs"),
    get::<doctor::Whom, doctor::Examined>("/v1/doctor", "What a peer does, beside what is set"),
    lines::<cdr::Filter>("/v1/cdr", "The latest records, oldest first, one a line"),
    get::<closed::Latest, Vec<closed::Folio>>("/v1/folios", "Hours or days that are closed"),
    text::<closed::Which>("/v1/proof", "The proof that a closed record is what it was"),
    get::<verify::Question, Verified>("/v1/verify", "Fold everything again and compare"),
    get::<reasons::Whose, Vec<Traced>>("/v1/steps", "The latest messages of a number"),
    get::<reasons::Which, Why>("/v1/why", "Why an Sms went where it went"),
    get::<settle::Question, Settlement>("/v1/settle", "What a carrier owes for a period"),
    file::<reconcile::Question, Reconciled>("text/csv", "/v1/reconcile", "A file beside ours"),
    get::<whatif::Question, WhatIf>("/v1/what-if", "Your draft's prices beside what was charged"),
    form::<settle::Question>("/v1/settle.csv", "The same as CSV", "text/csv"),
    form::<settle::Question>("/v1/settle.html", "The same to be printed", "text/html"),
    form::<settle::Question>("/v1/settle.xlsx", "The same as a sheet", settle::XLSX),
    post::<bookings::Closing, Settlement>("/v1/close", "Close a period that is over"),
    get::<bookings::Whose, Vec<settle::ClosedRow>>("/v1/closed", "Closed periods"),
    post::<account::Wish, account::Booked>("/v1/booking", "Book what a carrier paid, or else"),
    get::<bookings::Whose, Vec<account::Booked>>("/v1/bookings", "What was booked, by whom"),
    get::<bookings::Whose, Vec<account::Balance>>("/v1/balance", "How accounts stand"),
    post::<Nothing, Harvested>("/v1/harvest", "Have the journals read now"),
    get::<Nothing, Vec<TokenRow>>("/v1/tokens", "Who may ask from afar"),
    post::<tokens::Wish, Made>("/v1/token", "Make a token; its secret is told this once"),
    post::<tokens::Which, Removed>("/v1/token/remove", "Remove a token"),
    get::<Nothing, Value>("/openapi.json", "This description"),
];

const fn get<Q: JsonSchema, A: JsonSchema>(path: &'static str, does: &'static str) -> Operation {
    let (method, asks) = (Method::GET, Asks::Query(shape::<Q>));
    Operation { method, path, does, asks, answers: named::<A>, written_in: "application/json" }
}

const fn post<B: JsonSchema, A: JsonSchema>(path: &'static str, does: &'static str) -> Operation {
    let (method, asks) = (Method::POST, Asks::Body(shape::<B>));
    Operation { method, path, does, asks, answers: named::<A>, written_in: "application/json" }
}

const fn file<Q: JsonSchema, A: JsonSchema>(
    written: &'static str,
    path: &'static str,
    does: &'static str,
) -> Operation {
    let (method, asks) = (Method::POST, Asks::File(shape::<Q>, written));
    Operation { method, path, does, asks, answers: named::<A>, written_in: "application/json" }
}

const fn form<Q: JsonSchema>(
    path: &'static str,
    does: &'static str,
    written_in: &'static str,
) -> Operation {
    let (method, asks) = (Method::GET, Asks::Query(shape::<Q>));
    Operation { method, path, does, asks, answers: named::<String>, written_in }
}

const fn lines<Q: JsonSchema>(path: &'static str, does: &'static str) -> Operation {
    let (method, asks, written_in) = (Method::GET, Asks::Query(shape::<Q>), "application/x-ndjson");
    Operation { method, path, does, asks, answers: named::<String>, written_in }
}

const fn text<Q: JsonSchema>(path: &'static str, does: &'static str) -> Operation {
    let (method, asks, written_in) = (Method::GET, Asks::Query(shape::<Q>), "text/plain");
    Operation { method, path, does, asks, answers: named::<String>, written_in }
}

/// The shape itself.
fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

/// Its name, under which it stands among the components.
fn named<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

#[cfg(test)]
mod tests;
