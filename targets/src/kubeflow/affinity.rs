//! Where a pod wants to be, from Kubernetes' words to those of Kubeflow's document (kfp-kubernetes 2.17): a term
//! with a weight is a wish, one without is required, and one of pods may say that they are to be kept away from.

use flowc_core::expr::Value;
use serde_json::{Map, Value as Json, json};

/// The terms of an affinity.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// About nodes.
    pub(super) nodes: Vec<Json>,
    /// About the pods that run there.
    pub(super) pods: Vec<Json>,
}

/// The terms of an affinity; what Kubeflow has no word for is the error.
pub(super) fn terms(affinity: &Value) -> Result<Terms, String> {
    let affinity = serde_json::to_value(affinity).unwrap_or_default();
    let mut terms = Terms::default();
    for (key, part) in object(&affinity, "affinity")? {
        match key.as_str() {
            "nodeAffinity" => of_nodes(part, &mut terms.nodes)?,
            "podAffinity" => of_pods(part, false, &mut terms.pods)?,
            "podAntiAffinity" => of_pods(part, true, &mut terms.pods)?,
            other => return Err(unknown(other)),
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
                    terms.push(Json::Object(wish(one, "preference", term)?));
                }
            }
            other => return Err(unknown(other)),
        }
    }
    Ok(())
}

fn of_pods(part: &Json, anti: bool, terms: &mut Vec<Json>) -> Result<(), String> {
    for (key, value) in object(part, "podAffinity")? {
        for one in list(value, key)? {
            let mut made = match key.as_str() {
                "requiredDuringSchedulingIgnoredDuringExecution" => pod_term(one)?,
                "preferredDuringSchedulingIgnoredDuringExecution" => {
                    wish(one, "podAffinityTerm", pod_term)?
                }
                other => return Err(unknown(other)),
            };
            if anti {
                made.insert("anti".into(), true.into());
            }
            terms.push(Json::Object(made));
        }
    }
    Ok(())
}

/// A term with its weight.
fn wish(
    value: &Json,
    name: &str,
    term: impl Fn(&Json) -> Result<Map<String, Json>, String>,
) -> Result<Map<String, Json>, String> {
    let mut made = Map::new();
    let mut weight = None;
    for (key, value) in object(value, "a preference")? {
        match key.as_str() {
            "weight" => weight = value.as_i64().filter(|weight| (1..=100).contains(weight)),
            key if key == name => made = term(value)?,
            other => return Err(unknown(other)),
        }
    }
    let weight = weight.ok_or("the weight of a preference must be from 1 to 100")?;
    made.insert("weight".into(), weight.into());
    Ok(made)
}

/// `matchExpressions` and `matchFields`, which have the same names there.
fn term(value: &Json) -> Result<Map<String, Json>, String> {
    let term = object(value, "a term")?;
    for (key, selectors) in term {
        if !["matchExpressions", "matchFields"].contains(&key.as_str()) {
            return Err(unknown(key));
        }
        self::selectors(selectors, key)?;
    }
    Ok(term.clone())
}

/// Which pods, of which namespaces, and what they share with this one.
fn pod_term(value: &Json) -> Result<Map<String, Json>, String> {
    let mut made = Map::new();
    for (key, value) in object(value, "a term")? {
        match key.as_str() {
            "topologyKey" if value.is_string() => {
                made.insert(key.clone(), value.clone());
            }
            "namespaces" if list(value, key)?.iter().all(Json::is_string) => {
                made.insert(key.clone(), value.clone());
            }
            "labelSelector" => {
                selector(value, ["matchPodLabels", "matchPodExpressions"], &mut made)?;
            }
            "namespaceSelector" if value == &json!({}) => {
                return Err("Kubeflow has no word for the pods of all namespaces".to_owned());
            }
            "namespaceSelector" => {
                let names = ["matchNamespaceLabels", "matchNamespaceExpressions"];
                selector(value, names, &mut made)?;
            }
            "topologyKey" | "namespaces" => return Err(format!("`{key}` must be text")),
            other => return Err(unknown(other)),
        }
    }
    Ok(made)
}

/// `matchLabels` and `matchExpressions` under these names.
fn selector(value: &Json, names: [&str; 2], made: &mut Map<String, Json>) -> Result<(), String> {
    for (key, value) in object(value, "a selector")? {
        let name = match key.as_str() {
            "matchLabels" if object(value, key)?.values().all(Json::is_string) => names[0],
            "matchLabels" => return Err(format!("`{key}` must hold text")),
            "matchExpressions" => {
                selectors(value, key)?;
                names[1]
            }
            other => return Err(unknown(other)),
        };
        made.insert(name.to_owned(), value.clone());
    }
    Ok(())
}

/// Whether these are selectors, whose words are the same in both documents.
fn selectors(value: &Json, key: &str) -> Result<(), String> {
    for selector in list(value, key)? {
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
    Ok(())
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
