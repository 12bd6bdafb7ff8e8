//! The table of addresses as an OpenAPI document.

use axum::response::Response;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{Asks, OPERATIONS, Operation};
use crate::api::answer::{Answer, Problem, pretty};
use crate::api::once::ALONE;

/// `GET /openapi.json`
pub(in crate::api) async fn serve() -> Answer<Response> {
    Ok(pretty(&document()))
}

/// The document.
pub(super) fn document() -> Value {
    let place = |settings: &mut SchemaSettings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    };
    let mut asked = SchemaSettings::draft2020_12().with(place).into_generator();
    let mut told = SchemaSettings::draft2020_12().with(place).for_serialize().into_generator();
    let problem = told.subschema_for::<Problem>();
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let method = operation.method.as_str().to_lowercase();
        paths.insert(
            operation.path.to_owned(),
            json!({ method: described(operation, &mut asked, &mut told, &problem) }),
        );
    }
    let mut schemas = asked.take_definitions(true);
    schemas.extend(told.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Signalbox control",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn described(
    operation: &Operation,
    asked: &mut SchemaGenerator,
    told: &mut SchemaGenerator,
    problem: &Schema,
) -> Value {
    let Operation { path, does, asks, answers, written_in, .. } = operation;
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({ "description": "Done", "content": { *written_in: { "schema": answers(told) } } }),
    );
    for (status, when) in REFUSALS {
        let content = json!({ "application/problem+json": { "schema": problem } });
        responses.insert((*status).to_owned(), json!({ "description": when, "content": content }));
    }
    let (query, body) = match asks {
        Asks::Query(shape) => (Some(shape(asked)), None),
        Asks::Body(shape) => (None, Some(("application/json", shape(asked)))),
        Asks::File(shape, written) => {
            let octets = Schema::try_from(json!({ "contentMediaType": written }))
                .expect("an object is a schema");
            (Some(shape(asked)), Some((*written, octets)))
        }
    };
    let id =
        path.trim_start_matches("/v1/").replace(['/', '.'], "_").replace("_openapi_", "openapi_");
    let mut one = json!({ "operationId": id, "summary": does, "responses": responses });
    let mut parameters = query.map(parameters).unwrap_or_default();
    if body.is_none() {
        one["responses"]["304"] = json!({ "description": "It is as you have it" });
        parameters.push(json!({
            "name": "If-None-Match", "in": "header",
            "description": "The ETag of what you have: 304 if it is so",
            "schema": { "type": "string" },
        }));
    } else if !ALONE.contains(path) {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "Sent again with the same key within a day, it is not done again",
            "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" },
        }));
    }
    one["parameters"] = parameters.into();
    if let Some((written_in, shape)) = body {
        let content = json!({ written_in: { "schema": shape } });
        one["requestBody"] = json!({ "required": true, "content": content });
    }
    one
}

/// The fields of a query, each as a parameter.
fn parameters(query: Schema) -> Vec<Value> {
    let query = query.to_value();
    let required = query["required"].as_array().cloned().unwrap_or_default();
    let Some(fields) = query["properties"].as_object() else { return Vec::new() };
    let parameter = |(name, shape): (&String, &Value)| {
        let mut shape = shape.clone();
        let what = shape.as_object_mut().and_then(|shape| shape.remove("description"));
        let mut one = json!({
            "name": name, "in": "query", "schema": present(shape),
            "required": required.contains(&Value::from(name.as_str())),
        });
        if let Some(what) = what {
            one["description"] = what;
        }
        one
    };
    fields.iter().map(parameter).collect()
}

/// The same without null: what is not there is left out of a query.
fn present(mut shape: Value) -> Value {
    let is_null = |one: &Value| *one == "null" || one["type"] == "null";
    for key in ["type", "anyOf"] {
        let Some(several) = shape[key].as_array() else { continue };
        let mut left: Vec<Value> = several.iter().filter(|one| !is_null(one)).cloned().collect();
        shape[key] = match (key, left.len()) {
            ("type", 1) => left.remove(0),
            (_, _) => left.into(),
        };
    }
    if let Some(fields) = shape.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    shape
}

const ABOUT: &str = "Everything that the command `signalbox` does. Changes gather in your draft \
    and are live after a commit. Lists that may be long come in pages: a Link with rel=\"next\" \
    leads on.";

/// What a request may be refused with.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "The request cannot be read"),
    ("401", "No token, or none that is known"),
    ("403", "Not with this token"),
    ("404", "There is no such thing, or none that this token may see"),
    ("409", "Somebody was quicker, or the same request was begun before"),
    ("412", "This is not what you saw"),
    ("413", "The request is too large"),
    ("422", "The model does not allow it"),
    ("429", "Too many requests"),
    ("500", "Something outside the request failed; nothing was changed"),
];
