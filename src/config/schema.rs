//! The configuration as a JSON Schema, for editors.

use serde_json::{Map, Value, json};

use super::configuration::Config;
use super::kind::{Bound, Kind, LARGEST_WHOLE, Range, SHARE, Whole};
use super::table::{Key, Node};
use crate::language::Language;

/// The JSON Schema (draft 7) of a configuration file.
#[must_use]
pub fn schema() -> Value {
    let mut properties = properties(Config::NODES, &|_| true);
    properties.insert(Config::RIVAL.to_owned(), rivals());
    let mut schema = section(&properties);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "rnn-tui".into();
    schema
}

/// The schema of `rival`.
fn rivals() -> Value {
    let mut properties = properties(Config::NODES, &|key| key.row.change.reason_to_share().is_none());
    properties
        .insert("name".to_owned(), json!({ "type": "string", "description": "what tells the run from the others" }));
    json!({
        "type": "array",
        "maxItems": Config::MAX_RUNS - 1,
        "description": "runs that are trained side by side with that of the file, on the same batches",
        "items": section(&properties),
    })
}

/// The schema of a table with these properties and no others.
fn section(properties: &Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// The properties of a table: allowed keys, and sections with any.
fn properties(nodes: &[Node], is_allowed: &dyn Fn(&Key) -> bool) -> Map<String, Value> {
    let property = |node: &Node| match node {
        Node::Key(key) => is_allowed(key).then(|| key_schema(key)),
        Node::Section(below) => {
            let properties = properties(below.nodes, is_allowed);
            (!properties.is_empty()).then(|| section(&properties))
        }
    };
    nodes.iter().filter_map(|node| Some((node.name().to_owned(), property(node)?))).collect()
}

fn key_schema(key: &Key) -> Value {
    let mut schema = kind_schema(key.row.kind);
    schema["description"] = Language::English.text(key.meaning).into();
    if key.has_default() {
        schema["default"] = serde_json::to_value(key.default_value()).unwrap_or_default();
    }
    schema
}

fn kind_schema(kind: Kind) -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": text() });
    let steps = |min: u64| json!({ "type": "integer", "minimum": min });
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Text | Kind::Path | Kind::Encoding => text(),
        Kind::Texts => texts(),
        Kind::Paths => json!({ "anyOf": [text(), texts()] }),
        Kind::Choice(names) => json!({ "enum": names }),
        Kind::Whole(Whole { min, max, .. }) if max < LARGEST_WHOLE => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        Kind::Whole(Whole { min, .. }) => steps(min),
        Kind::Number(range) => range_schema(range),
        Kind::ShareOrFile => json!({ "anyOf": [range_schema(SHARE), text()] }),
        Kind::Pace => {
            let two = json!({ "type": "array", "items": steps(1), "minItems": 2, "maxItems": 2 });
            json!({ "anyOf": [steps(0), two] })
        }
        Kind::Interval => {
            json!({ "anyOf": [steps(0), { "type": "string", "pattern": "^\\s*[0-9]+\\s*(s|min|h)\\s*$" }] })
        }
        Kind::Keys => json!({ "type": "object", "additionalProperties": { "anyOf": [text(), texts()] } }),
    }
}

fn range_schema(Range { min, max, .. }: Range) -> Value {
    let mut schema = json!({ "type": "number" });
    match min {
        Bound::Closed(min) => schema["minimum"] = min.into(),
        Bound::Open(min) => schema["exclusiveMinimum"] = min.into(),
    }
    match max {
        Bound::Closed(max) => schema["maximum"] = max.into(),
        Bound::Open(max) if max.is_finite() => schema["exclusiveMaximum"] = max.into(),
        Bound::Open(_) => {}
    }
    schema
}
