use std::path::Path;

use super::*;

/// The one that the command has within and editors are given.
#[test]
fn the_schema_in_docs_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/apply.schema.json");
    let made = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("SIGNALBOX_WRITE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let cure = "SIGNALBOX_WRITE=1 cargo test --package signalbox-control schema writes it";
    assert!(made == kept, "docs/apply.schema.json is not what the types say: {cure}");
}

#[test]
fn nothing_that_control_makes_is_asked_for() {
    let fields = |kind: &str| {
        let schema = schema();
        let noun = &schema["properties"][kind]["additionalProperties"];
        assert_eq!(noun["additionalProperties"], false, "{kind}");
        noun["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    for made in ["ha1_md5", "ha1_sha256", "realm"] {
        assert!(!fields("account").contains(&made.to_owned()), "{made}");
    }
    for kind in ["account", "carrier", "connection"] {
        assert!(fields(kind).contains(&"password_file".to_owned()), "{kind}");
    }
    assert!(!schema().to_string().contains("\"null\""));
}
