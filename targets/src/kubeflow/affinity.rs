//! Where a pod wants to be, from Kubernetes' words to those of Kubeflow's document, which has terms for nodes
//! only: a term with a weight is a wish, one without is required.

use flowc_core::expr::Value;
use serde_json::{Map, Value as Json};

/// The terms of an affinity; what Kubeflow has no word for is the error.
pub(super) fn node_terms(affinity: &Value) -> Result<Vec<Json>, String> {
    let affinity = serde_json::to_value(affinity).unwrap_or_default();
    let mut terms = Vec::new();
    for (key, part) in object(&affinity, "affinity")? {
        match key.as_str() {
            "nodeAffinity" => of_nodes(part, &mut terms)?,
            other => return Err(format!("Kubeflow knows no `{other}`, only `nodeAffinity`")),
        }
    }
    Ok(terms)
}

fn of_nodes(part: &Json, terms: &mut Vec<Json>) -> Result<(), String> {
    for (key, value) in object(part, "nodeAffinity")? {
        match key.as_str() {
            "requiredDuringSchedulingIgnoredDuringExecution" => {
                for (key, value) in object(value, key)? {
                    if key != "nodeSelectorTerms" {
                        return Err(unknown(key));
                    }
                    for one in list(value, key)? {
                        terms.push(Json::Object(term(one)?));
                    }
                }
            }
            "preferredDuringSchedulingIgnoredDuringExecution" => {
                for one in list(value, key)? {
                    terms.push(wish(one)?);
                }
            }
            other => return Err(unknown(other)),
        }
    }
    Ok(())
}

/// A term with its weight.
fn wish(value: &Json) -> Result<Json, String> {
    let mut made = Map::new();
    let mut weight = None;
    for (key, value) in object(value, "a preference")? {
        match key.as_str() {
            "weight" => weight = value.as_i64().filter(|weight| (1..=100).contains(weight)),
            "preference" => made = term(value)?,
            other => return Err(unknown(other)),
        }
    }
    let weight = weight.ok_or("the weight of a preference must be from 1 to 100")?;
    made.insert("weight".into(), weight.into());
    Ok(Json::Object(made))
}

/// `matchExpressions` and `matchFields`, which have the same names there.
fn term(value: &Json) -> Result<Map<String, Json>, String> {
    let term = object(value, "a term")?;
    for (key, selectors) in term {
        if !["matchExpressions", "matchFields"].contains(&key.as_str()) {
            return Err(unknown(key));
        }
        for selector in list(selectors, key)? {
            for (key, value) in object(selector, "a selector")? {
                let fits = match key.as_str() {
                    "key" | "operator" => value.is_string(),
                    "values" => list(value, key)?.iter().all(Json::is_string),
                    other => return Err(unknown(other)),
                };
                if !fits {
                    return Err(format!("`{key}` of a selector must be text"));
                }
            }
        }
    }
    Ok(term.clone())
}

fn object<'j>(value: &'j Json, what: &str) -> Result<&'j Map<String, Json>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("`{what}` must be a mapping"))
}

fn list<'j>(value: &'j Json, what: &str) -> Result<&'j Vec<Json>, String> {
    value
        .as_array()
        .ok_or_else(|| format!("`{what}` must be a list"))
}

fn unknown(key: &str) -> String {
    format!("Kubeflow knows no `{key}` in an affinity")
}
