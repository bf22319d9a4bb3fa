//! What a process is: program, image, environment, attempts; and the approval.

use std::sync::Arc;

use super::Resolver;
use super::keys;
use super::place::{Field, Place};
use super::reader::Reader;
use crate::checks;
use crate::document::{Entry, Node};
use crate::expr::Template;
use crate::flow::{Approve, Backoff, Cache, Process, TaskId};
use crate::source::Spanned;
use crate::values::Duration;

/// What a task and the defaults of its file say about attempts.
#[derive(Default)]
pub(crate) struct Attempts {
    pub retries: Option<Spanned<u32>>,
    pub retry_on: Option<Spanned<Vec<u8>>>,
    pub backoff: Option<Backoff>,
    pub timeout: Option<Spanned<Duration>>,
}

impl<'n> Resolver<'n> {
    /// The value of a key, the task's own or the default of its file.
    pub(crate) fn own_or_inherited(&self, id: TaskId, key: &str) -> Option<&'n Entry<'n>> {
        let task = &self.tasks[id.index()];
        task.reader
            .entry(key)
            .or_else(|| self.frames[task.frame].defaults?.entry(key))
    }

    /// Program, image and environment.
    pub(crate) fn process(&mut self, id: TaskId) -> Option<Process> {
        let own = |key: &str, this: &Self| this.own_or_inherited(id, key).map(|entry| &entry.value);
        let image_place = self.place(id, Field::Image);
        let image = own("image", self).and_then(|node| self.image(node, &image_place));
        let workdir = self.report.text_opt(own("workdir", self), "`workdir`");
        let env = [
            self.inherited(id, "env"),
            self.tasks[id.index()].reader.get("env"),
        ];
        let env_place = self.place(id, Field::Env);
        let env = self.env(env.into_iter().flatten().collect(), &env_place);
        let command = self.command(id, own("shell", self))?;
        Some(Process {
            image,
            workdir,
            env,
            command,
        })
    }

    fn image(&mut self, node: &Node, place: &Place) -> Option<Arc<Template>> {
        if let Some(known) = self.report.known_image(node) {
            return Some(known);
        }
        let template = Arc::new(self.template(node, place, "`image`")?);
        let right = template
            .as_literal()
            .is_none_or(|text| self.report.check_image(node, text));
        if right && template.as_literal().is_some() {
            self.report.known_image = Some(Arc::clone(&template));
        }
        right.then_some(template)
    }

    /// Retries and timeout.
    pub(crate) fn attempts(&mut self, id: TaskId) -> Attempts {
        let reader = self.tasks[id.index()].reader;
        let retries = self.own_or_inherited(id, "retries");
        let retries = self
            .report
            .integer(retries.map(|entry| &entry.value), "`retries`", 0, 1_000_000)
            .map(|retries| retries.map(|retries| retries as u32));
        let retry_on = self.own_or_inherited(id, "retry_on");
        let mut retry_on = retry_on.and_then(|entry| self.retry_on(&entry.value));
        let backoff = self.own_or_inherited(id, "backoff");
        let mut backoff = backoff.and_then(|entry| self.backoff(entry));
        let unreadable = self.own_or_inherited(id, "retries").is_some() && retries.is_none();
        if retries.as_ref().is_none_or(|retries| retries.value == 0) && !unreadable {
            for key in ["retry_on", "backoff"] {
                if let Some(entry) = reader.entry(key)
                    && !reader.meant_one_of(&["retries"])
                {
                    self.report.push(checks::inapplicable_key::found(
                        entry.key_span,
                        &self.tasks[id.index()].name.value,
                        key,
                        "without `retries`, nothing is tried again",
                    ));
                }
            }
            retry_on = None;
            backoff = None;
        }
        let timeout = self.own_or_inherited(id, "timeout");
        Attempts {
            retries,
            retry_on,
            backoff,
            timeout: timeout.and_then(|entry| self.report.timeout(&entry.value)),
        }
    }

    fn retry_on(&mut self, node: &Node) -> Option<Spanned<Vec<u8>>> {
        let reader = Reader::new(node, &keys::RETRY_ON, "`retry_on`", &mut self.report)?;
        let node = reader.get("exit_codes")?;
        let nodes = self.report.list(node, "`exit_codes`")?;
        if nodes.is_empty() {
            self.report
                .push(checks::type_mismatch::empty(node, "`exit_codes`"));
            return None;
        }
        let codes = nodes
            .iter()
            .filter_map(|node| self.report.integer(Some(node), "an exit code", 1, 255))
            .map(|code| code.value as u8)
            .collect();
        Some(Spanned::new(codes, node.span))
    }

    fn backoff(&mut self, entry: &Entry) -> Option<Backoff> {
        let reader = Reader::new(&entry.value, &keys::BACKOFF, "`backoff`", &mut self.report)?;
        let delay = self.report.duration(reader.get("delay"), "`delay`");
        let factor = self.report.number(reader.get("factor"), "`factor`");
        let max_delay = self.report.duration(reader.get("max_delay"), "`max_delay`");
        if let Some(factor) = &factor
            && !(1.0..=1000.0).contains(&factor.value)
        {
            self.report.push(checks::out_of_range::numbers(
                factor.span,
                "`factor`",
                factor.value,
                1.0,
                1000.0,
            ));
            return None;
        }
        let delay = delay?;
        if let Some(max) = &max_delay
            && max.value < delay.value
        {
            self.report
                .push(checks::out_of_range::delays(max.span, delay.span));
        }
        Some(Backoff {
            span: entry.key_span,
            delay,
            factor: factor.unwrap_or(Spanned::new(1.0, entry.key_span)),
            max_delay,
        })
    }

    /// Reads `cache`.
    pub(crate) fn cache(&mut self, id: TaskId) -> Option<Cache> {
        let entry = self.tasks[id.index()].reader.entry("cache")?;
        let reader = Reader::new(&entry.value, &keys::CACHE, "`cache`", &mut self.report)?;
        let place = self.place(id, Field::CacheKey);
        let key = reader
            .get("key")
            .and_then(|node| self.template(node, &place, "the `key` of `cache`"));
        let ttl = self.report.limit(reader.get("ttl"), "`ttl`");
        Some(Cache {
            span: entry.key_span,
            key: key?,
            ttl,
        })
    }

    /// Reads `approve`.
    pub(crate) fn approve(&mut self, entry: &Entry) -> Option<Approve> {
        let reader = Reader::new(&entry.value, &keys::APPROVAL, "`approve`", &mut self.report)?;
        let message = self.report.text_opt(reader.get("message"), "`message`");
        let choices = match reader.get("choices") {
            None => ["yes", "no"]
                .map(|word| Spanned::new(word.to_owned(), entry.key_span))
                .to_vec(),
            Some(node) => {
                let choices = self.report.texts(node, "`choices`")?;
                if choices.is_empty() {
                    self.report
                        .push(checks::type_mismatch::empty(node, "`choices`"));
                    return None;
                }
                choices
            }
        };
        let default = self.report.text_opt(reader.get("default"), "`default`");
        if let Some(default) = &default
            && !choices.contains(default)
        {
            let words: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            let nearest = self.report.nearest(&default.value, words.iter().copied());
            self.report.push(checks::unknown_value::unknown(
                default.span,
                &default.value,
                "the `default` of `approve`",
                &words,
                nearest,
            ));
        }
        Some(Approve {
            span: entry.key_span,
            message: message?,
            choices,
            default,
            timeout: self.report.limit(reader.get("timeout"), "`timeout`"),
        })
    }
}
