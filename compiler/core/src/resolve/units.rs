//! Types that must be found before others: what groups export and what fan-outs walk.
//!
//! They may depend on one another over thousands of tasks, so they are worked through with a list of
//! what is still open instead of by calls.

use super::Resolver;
use super::declare::DeclaredBody;
use super::place::Field;
use crate::expr::Expr;
use crate::flow::TaskId;

/// Something found on demand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Slot<T> {
    /// Not looked at yet.
    Open,
    /// Being looked at: who asks now asks for itself.
    Busy,
    /// Found.
    Done(T),
}

/// What can be found on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// The n-th export of a group.
    Export(TaskId, usize),
    /// The list of a fan-out.
    FanOut(TaskId),
}

impl Resolver<'_> {
    /// Finds every export and every list.
    pub(crate) fn find_units(&mut self) {
        for index in 0..self.tasks.len() {
            let id = TaskId(index as u32);
            self.find(Unit::FanOut(id));
            let exports = self.group(id).map_or(0, |group| group.outputs.len());
            for export in 0..exports {
                self.find(Unit::Export(id, export));
            }
        }
    }

    fn find(&mut self, unit: Unit) {
        if self.slot(unit).is_none() {
            return;
        }
        let mut open = vec![unit];
        while let Some(unit) = open.last().copied() {
            let Some(slot) = self.slot(unit) else {
                open.pop();
                continue;
            };
            if matches!(slot, Slot::Done(_)) {
                open.pop();
                continue;
            }
            *slot = Slot::Busy;
            self.pending.clear();
            let value = match unit {
                Unit::FanOut(id) => self.fan_out_list(id),
                Unit::Export(id, index) => self.export_value(id, index),
            };
            if self.pending.is_empty() {
                if let Some(slot) = self.slot(unit) {
                    *slot = Slot::Done(value);
                }
                open.pop();
            } else {
                open.append(&mut self.pending);
            }
        }
    }

    fn slot(&mut self, unit: Unit) -> Option<&mut Slot<Option<Expr>>> {
        match unit {
            Unit::FanOut(id) => Some(&mut self.tasks[id.index()].fan_out.as_mut()?.list),
            Unit::Export(id, index) => match &mut self.tasks[id.index()].body {
                DeclaredBody::Group(group) => {
                    Some(&mut group.outputs.get_index_mut(index)?.1.value)
                }
                _ => None,
            },
        }
    }

    fn export_value(&mut self, id: TaskId, index: usize) -> Option<Expr> {
        let place = self.inside(id, Field::Export)?;
        let (name, export) = self.group(id)?.outputs.get_index(index)?;
        let what = format!("the exported output `{name}`");
        let entry = export.entry;
        self.value_expr(&entry.value, &place, &what)
    }
}
