//! The features that a task asks for.

use super::{Collector, Level};
use crate::expr::{Expr, Ref, Type, Value};
use crate::feature::Feature;
use crate::flow::{
    Amount, Approve, Artifact, ArtifactKind, Backoff, Binding, Body, Cache, Command, Dependency,
    EnvVar, FanOut, Gpu, Group, Kubernetes, Output, Process, Resources, SubFlow, Task,
};
use crate::source::{Span, Spanned};

pub(super) fn artifact_feature(kind: ArtifactKind) -> Feature {
    match kind {
        ArtifactKind::File => Feature::FileArtifacts,
        ArtifactKind::Directory => Feature::DirectoryArtifacts,
    }
}

impl Collector<'_> {
    pub(super) fn task(&mut self, task: &Task) {
        let Task {
            name,
            path: _,
            parent: _,
            finally: _,
            description,
            body,
            upstream,
            trigger_rule,
            when,
            for_each,
            max_parallel,
            fail_fast,
            allow_failure,
            retries,
            retry_on,
            backoff,
            timeout,
            outputs,
            artifacts,
            resources,
            services,
            cache,
            pure,
            estimate,
            concurrency,
            priority,
            kubernetes,
            targets,
        } = task;
        let is_group = matches!(body, Body::Group(_));
        let level = if is_group { Level::Group } else { Level::Task };
        let is_fan_out = for_each.is_some();
        self.add_opt(Feature::TaskDescription, description);
        self.body(body, name.span);
        if let Some(Dependency {
            task: _,
            span,
            explicit: _,
        }) = upstream.first()
        {
            // A rule that nobody wrote is asked for by the dependency itself.
            let written = trigger_rule.value != Default::default();
            self.add(
                Feature::TriggerRule(trigger_rule.value),
                if written { trigger_rule.span } else { *span },
            );
        }
        if let Some(when) = when {
            self.add(Feature::Condition, when.span);
            self.expr(when);
        }
        if let Some(for_each) = for_each {
            self.fan_out(for_each, task, is_group);
        }
        let [parallel, fast] = if is_fan_out {
            [Feature::FanOutMaxParallel, Feature::FanOutFailFast]
        } else {
            [Feature::GroupMaxParallel, Feature::GroupFailFast]
        };
        self.add_opt(parallel, max_parallel);
        self.add_if_true(fast, fail_fast);
        self.allow_failure(allow_failure.as_deref(), for_each.is_some());
        self.retries(retries, retry_on, backoff.as_deref());
        self.add_opt(Feature::AttemptTimeout, timeout);
        self.outputs(outputs);
        self.artifacts(artifacts);
        self.resources(resources);
        self.services(services, level);
        self.cache(cache.as_deref());
        self.add_if_true(Feature::Pure, pure);
        self.add_opt(Feature::Estimate, estimate);
        self.concurrency(concurrency.as_deref(), level);
        self.add_opt(Feature::Priority, priority);
        self.kubernetes(kubernetes);
        self.target_fields(targets);
    }

    fn body(&mut self, body: &Body, name: Span) {
        match body {
            Body::Process(process) => self.process(process, name),
            Body::Group(group) => self.group(group, name),
            Body::Wait(duration) => self.add(Feature::Wait, duration.span),
            Body::Approve(Approve {
                span,
                message: _,
                choices: _,
                default,
                timeout,
            }) => {
                self.add(Feature::Approve, *span);
                self.add_opt(Feature::ApproveDefault, default);
                self.add_opt(Feature::ApproveTimeout, timeout);
            }
        }
    }

    fn process(&mut self, process: &Process, name: Span) {
        let Process {
            image,
            workdir,
            env,
            command,
        } = process;
        if let Some(image) = image {
            self.add(Feature::Image, image.span);
            if let Some(first) = image.exprs().next() {
                self.add(Feature::ImageExpression, first.span);
            }
            self.template(image);
        }
        self.add_opt(Feature::Workdir, workdir);
        self.add_first(Feature::Env, env.iter().map(|variable| &variable.name));
        self.env(env);
        match command {
            Command::Argv(words) => {
                self.add(
                    Feature::Command,
                    words.first().map_or(name, |word| word.span),
                );
                for word in words {
                    self.template(word);
                }
            }
            Command::Script { shell: _, text } => self.add(Feature::Script, text.span),
        }
    }

    pub(super) fn env(&mut self, env: &[EnvVar]) {
        for EnvVar { name: _, value } in env {
            self.template(value);
        }
    }

    fn group(&mut self, group: &Group, name: Span) {
        let Group {
            children: _,
            sub_flow,
            outputs,
            artifacts,
            elements: _,
        } = group;
        match sub_flow {
            None => self.add(Feature::Group, name),
            Some(SubFlow {
                path,
                name: _,
                bindings,
            }) => {
                self.add(Feature::SubFlow, path.span);
                for Binding {
                    // What `with` gives is checked when the flow is compiled.
                    parameter: _,
                    value,
                } in bindings
                {
                    self.expr(value);
                }
            }
        }
        self.exports(outputs, artifacts);
    }

    fn fan_out(&mut self, for_each: &FanOut, task: &Task, is_group: bool) {
        let FanOut {
            span,
            variable: _,
            list,
            filter,
        } = for_each;
        let known = list.as_literal().is_some();
        self.add(
            if known {
                Feature::FanOutLiteral
            } else {
                Feature::FanOutDynamic
            },
            *span,
        );
        if is_group {
            self.add(Feature::FanOutGroup, *span);
        }
        if let Some(parent) = task.parent
            && self.flow.fan_out_of(parent).is_some()
        {
            self.add(Feature::FanOutNested, *span);
        }
        self.expr(list);
        if let Some(filter) = filter {
            self.add(Feature::ItemCondition, filter.span);
            self.expr(filter);
        }
    }

    /// Of a fan-out, each instance is allowed to fail, and then the fan-out as one has not failed:
    /// that is judged by element, whether or not the expression names it.
    fn allow_failure(&mut self, allow_failure: Option<&Expr>, fan_out: bool) {
        let Some(expr) = allow_failure else {
            return;
        };
        if expr.as_literal() == Some(&Value::Boolean(false)) {
            return;
        }
        let mut by_item = fan_out;
        expr.refs(&mut |reference, _, _| {
            by_item |= matches!(reference, Ref::Item { .. } | Ref::Index { .. });
        });
        self.add(
            if by_item {
                Feature::AllowFailureItem
            } else {
                Feature::AllowFailure
            },
            expr.span,
        );
        self.expr(expr);
    }

    fn retries(
        &mut self,
        retries: &Option<Spanned<u32>>,
        retry_on: &Option<Spanned<Vec<u8>>>,
        backoff: Option<&Backoff>,
    ) {
        let Some(retries) = retries.as_ref().filter(|retries| retries.value > 0) else {
            return;
        };
        self.add(Feature::Retries, retries.span);
        self.add_opt(Feature::RetryOn, retry_on);
        let Some(Backoff {
            span,
            delay: _,
            factor,
            max_delay,
        }) = backoff
        else {
            return;
        };
        self.add(Feature::Backoff, *span);
        if factor.value != 1.0 {
            self.add(Feature::BackoffFactor, factor.span);
        }
        if factor.value.fract() != 0.0 {
            self.add(Feature::BackoffFraction, factor.span);
        }
        self.add_opt(Feature::BackoffMaxDelay, max_delay);
    }

    fn outputs(&mut self, outputs: &[Output]) {
        for Output { name, ty } in outputs {
            self.add(Feature::Outputs, name.span);
            if *ty != Type::String {
                self.add(Feature::OutputTypeCheck, name.span);
            }
        }
    }

    fn artifacts(&mut self, artifacts: &[Artifact]) {
        for Artifact { name, kind, path } in artifacts {
            self.add(artifact_feature(*kind), name.span);
            self.add_opt(Feature::ArtifactPath, path);
        }
    }

    fn resources(&mut self, resources: &Resources) {
        let Resources {
            cpu,
            memory,
            gpu,
            disk,
        } = resources;
        self.amount(Feature::Cpu, cpu.as_ref());
        self.amount(Feature::Memory, memory.as_ref());
        if let Some(Gpu { count, kind }) = gpu {
            self.amount(Feature::Gpu, Some(count));
            self.add_opt(Feature::GpuKind, kind);
        }
        self.amount(Feature::Disk, disk.as_ref());
    }

    fn amount(&mut self, feature: Feature, amount: Option<&Amount>) {
        match amount {
            None => {}
            Some(Amount::Known(quantity)) => self.add(feature, quantity.span),
            Some(Amount::Computed(expr)) => {
                self.add(feature, expr.span);
                self.add(Feature::ResourcesExpression, expr.span);
                self.expr(expr);
            }
        }
    }

    fn cache(&mut self, cache: Option<&Cache>) {
        if let Some(Cache { span, key, ttl }) = cache {
            self.add(Feature::Cache, *span);
            self.add_opt(Feature::CacheTtl, ttl);
            self.template(key);
        }
    }

    fn kubernetes(&mut self, kubernetes: &Kubernetes) {
        let Kubernetes {
            service_account,
            node_selector,
            tolerations,
            affinity,
            labels,
            annotations,
            image_pull_policy,
            image_pull_secrets,
            priority_class,
        } = kubernetes;
        self.add_opt(Feature::ServiceAccount, service_account);
        self.add_first(Feature::NodeSelector, node_selector.values());
        self.add_first(Feature::Tolerations, tolerations);
        self.add_opt(Feature::Affinity, affinity);
        self.add_first(Feature::PodLabels, labels.values());
        self.add_first(Feature::PodAnnotations, annotations.values());
        self.add_opt(Feature::ImagePullPolicy, image_pull_policy);
        self.add_first(Feature::ImagePullSecrets, image_pull_secrets);
        self.add_opt(Feature::PriorityClass, priority_class);
    }
}
