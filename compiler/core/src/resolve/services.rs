//! `services`, `env` and `concurrency`.

use super::Resolver;
use super::keys;
use super::place::{Field, Place};
use super::reader::Reader;
use crate::checks;
use crate::document::{Entry, Node};
use crate::flow::{Concurrency, EnvVar, OnConflict, Probe, Ready, Service};
use crate::source::Spanned;
use crate::values::{self, Duration};

impl<'n> Resolver<'n> {
    /// Reads `services`.
    pub(crate) fn services(&mut self, node: Option<&'n Node<'n>>, place: &Place) -> Vec<Service> {
        let Some(node) = node else { return Vec::new() };
        let Some(entries) = node.mapping() else {
            let wanted = "services by name";
            self.report
                .push(checks::type_mismatch::wants(node, "`services`", wanted));
            return Vec::new();
        };
        let place = Place {
            field: Field::ServiceEnv,
            ..*place
        };
        entries
            .iter()
            .filter_map(|entry| self.service(entry, &place))
            .collect()
    }

    fn service(&mut self, entry: &'n Entry<'n>, place: &Place) -> Option<Service> {
        self.check_key_name(entry, values::check_name);
        let what = format!("service `{}`", entry.key);
        let reader = Reader::new(&entry.value, &keys::SERVICE, &what, &mut self.report)?;
        let image = reader
            .get("image")
            .and_then(|node| self.report.image(node, &format!("the image of {what}")));
        let command = reader
            .get("command")
            .and_then(|node| self.report.texts(node, &format!("the command of {what}")));
        let env = self.env(reader.get("env").into_iter().collect(), place);
        let ports = match reader.get("ports") {
            None => Vec::new(),
            Some(node) => {
                let place = format!("the ports of {what}");
                let nodes = self.report.list(node, &place).unwrap_or_default();
                nodes
                    .iter()
                    .filter_map(|node| self.report.port(node, &place))
                    .collect()
            }
        };
        let ready = reader.entry("ready").and_then(|entry| self.ready(entry));
        Some(Service {
            name: Spanned::new(entry.key.to_string(), entry.key_span),
            image: image?,
            command,
            env,
            ports,
            ready,
        })
    }

    fn ready(&mut self, entry: &'n Entry<'n>) -> Option<Ready> {
        let reader = Reader::new(&entry.value, &keys::READY, "`ready`", &mut self.report)?;
        let probes: Vec<&Entry> = ["http", "tcp", "command"]
            .iter()
            .filter_map(|key| reader.entry(key))
            .collect();
        let interval = self.report.limit(reader.get("interval"), "`interval`");
        let timeout = self
            .report
            .limit(reader.get("timeout"), "the `timeout` of `ready`");
        let probe = match probes.as_slice() {
            [] => {
                if !reader.meant_one_of(&["http", "tcp", "command"]) {
                    self.report.push(checks::missing_key::one_of(
                        entry.key_span,
                        "`ready`",
                        &["http", "tcp", "command"],
                    ));
                }
                return None;
            }
            [probe] => self.probe(probe)?,
            [first, second, ..] => {
                let why = format!("`ready` asks in one way, and `{}` is another", first.key);
                self.report.push(
                    checks::inapplicable_key::plain(second.key_span, &second.key, &why)
                        .label(first.key_span, "the other one"),
                );
                return None;
            }
        };
        Some(Ready {
            span: entry.key_span,
            probe,
            interval: interval.map_or(Duration::from_milliseconds(1_000), |value| value.value),
            timeout: timeout.map_or(Duration::from_milliseconds(60_000), |value| value.value),
        })
    }

    fn probe(&mut self, entry: &'n Entry<'n>) -> Option<Probe> {
        match entry.key.as_ref() {
            "tcp" => Some(Probe::Tcp {
                port: self.report.port(&entry.value, "`tcp`")?.value,
            }),
            "command" => {
                let words = self
                    .report
                    .texts(&entry.value, "the `command` of `ready`")?;
                if words.is_empty() {
                    let place = "the `command` of `ready`";
                    self.report
                        .push(checks::type_mismatch::empty(&entry.value, place));
                    return None;
                }
                let words = words.into_iter().map(|word| word.value).collect();
                Some(Probe::Command(words))
            }
            _ => {
                let reader = Reader::new(&entry.value, &keys::HTTP, "`http`", &mut self.report)?;
                let port = reader
                    .get("port")
                    .and_then(|node| self.report.port(node, "the `port` of `http`"));
                let path = self
                    .report
                    .text_opt(reader.get("path"), "the `path` of `http`");
                if let Some(path) = &path
                    && !path.value.starts_with('/')
                {
                    self.report
                        .push(checks::invalid_path::http(path.span, &path.value));
                }
                Some(Probe::Http {
                    port: port?.value,
                    path: path.map_or_else(|| "/".to_owned(), |path| path.value),
                })
            }
        }
    }

    /// Environment variables; those of later mappings win over earlier ones of the same name.
    pub(crate) fn env(&mut self, mappings: Vec<&'n Node<'n>>, place: &Place) -> Vec<EnvVar> {
        if let [only] = mappings.as_slice()
            && let Some(entries) = only.mapping()
        {
            let mut variables = Vec::with_capacity(entries.len());
            variables.extend(
                entries
                    .iter()
                    .filter_map(|entry| self.variable(entry, place)),
            );
            return variables;
        }
        let mut merged: indexmap::IndexMap<&str, &Entry> = indexmap::IndexMap::new();
        for node in mappings {
            let Some(entries) = node.mapping() else {
                let wanted = "variables by name";
                self.report
                    .push(checks::type_mismatch::wants(node, "`env`", wanted));
                continue;
            };
            for entry in entries {
                merged.insert(&entry.key, entry);
            }
        }
        merged
            .into_values()
            .filter_map(|entry| self.variable(entry, place))
            .collect()
    }

    fn variable(&mut self, entry: &Entry, place: &Place) -> Option<EnvVar> {
        if ["FLOW_", "FLOWC_"]
            .iter()
            .any(|prefix| entry.key.starts_with(prefix))
        {
            self.report.push(checks::invalid_name::reserved_env(
                entry.key_span,
                &entry.key,
            ));
            return None;
        }
        let named = self.check_key_name(entry, values::check_env_name);
        let what = format_args!("environment variable `{}`", entry.key);
        let value = self.template(&entry.value, place, what)?;
        named.then(|| EnvVar {
            name: Spanned::new(entry.key.to_string(), entry.key_span),
            value,
        })
    }

    /// Reads `concurrency`.
    pub(crate) fn concurrency(&mut self, entry: Option<&'n Entry<'n>>) -> Option<Concurrency> {
        let entry = entry?;
        let place = "`concurrency`";
        let reader = Reader::new(&entry.value, &keys::CONCURRENCY, place, &mut self.report)?;
        let group = self.report.text_opt(reader.get("group"), "`group`");
        let limit = self.report.positive(reader.get("limit"), "`limit`");
        let words = [("wait", OnConflict::Wait), ("skip", OnConflict::Skip)];
        let on_conflict = self
            .report
            .word(reader.get("on_conflict"), "`on_conflict`", &words);
        Some(Concurrency {
            span: entry.key_span,
            group: group?,
            limit: limit.unwrap_or(Spanned::new(1, entry.key_span)),
            on_conflict: on_conflict.unwrap_or(Spanned::new(OnConflict::Wait, entry.key_span)),
        })
    }
}
