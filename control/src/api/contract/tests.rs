use std::collections::BTreeSet;

use super::super::access::RULES;
use super::super::pages::PAGES;
use super::*;

#[test]
fn what_can_be_asked_from_afar_is_what_is_written_down() {
    let written = OPERATIONS.iter().map(|one| (one.path, one.method.as_str()));
    let ruled = RULES.iter().filter(|rule| !PAGES.contains(&rule.path));
    let ruled = ruled.map(|rule| (rule.path, rule.method.as_str()));
    assert_eq!(written.collect::<BTreeSet<_>>(), ruled.collect::<BTreeSet<_>>());
}

#[test]
fn every_name_in_the_document_leads_to_a_shape() {
    let document = document::document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names: BTreeSet<&str> = text
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(schemas.contains_key(name), "{name}");
    }
    let objects = &document["paths"]["/v1/objects"]["get"];
    let kind = objects["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "kind");
    assert_eq!(kind.unwrap()["required"], true);
    assert_eq!(document["paths"]["/v1/change"]["post"]["requestBody"]["required"], true);
    let keyed = |path: &str| {
        let parameters = document["paths"][path]["post"]["parameters"].as_array().unwrap();
        parameters.iter().any(|one| one["name"] == "Idempotency-Key")
    };
    assert!(keyed("/v1/commit") && !keyed("/v1/token"), "said only where it is looked at");
    assert!(objects["responses"]["304"].is_object());
    assert!(!text.contains("ha1_md5"), "no secret is a part of it");
}
