//! Prints tricky strings as our emitter writes them, for other readers of YAML to read back: a JSON
//! list of `{"text": …, "place": …, "document": …, "expected": …}`, where `expected` is what the
//! document has to be read as.

mod strings;

use flowc_targets::yaml::{Map, Yaml, document};
use serde_json::{Value, json};

fn main() {
    let strings = strings::tricky();
    let cases: Vec<Value> = strings.iter().flat_map(|text| cases(text)).collect();
    println!("{}", Value::from(cases));
}

/// The string in every place where it may stand.
fn cases(text: &str) -> Vec<Value> {
    let value = |place: &str, value: Yaml, expected: Value| {
        // The last entry shows whether the value ended where it should.
        let root = Map::new().with("key", value).with("last", "end");
        json!({
            "text": text,
            "place": place,
            "document": document("A header: with [marks] #", &root),
            "expected": { "key": expected, "last": "end" },
        })
    };
    let owned = || text.to_owned();
    let commented = Yaml::from(text).comment(text).above(text);
    vec![
        value("value", text.into(), text.into()),
        value("quoted value", Yaml::quoted(owned()), text.into()),
        value("folded value", Yaml::folded(owned()), text.into()),
        value("value with comments", commented, text.into()),
        value("element", Yaml::list([text, "b"]), json!([text, "b"])),
        value(
            "element in brackets",
            Yaml::flow_list([text, "b"]),
            json!([text, "b"]),
        ),
        json!({
            "text": text,
            "place": "key",
            "document": document("", &Map::new().with(owned(), Map::new().with("a", 1))),
            "expected": { text: { "a": 1 } },
        }),
    ]
}
