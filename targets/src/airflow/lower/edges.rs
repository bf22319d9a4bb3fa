//! Dependencies as few, compact lines: `a >> [b, c] >> d`.

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::airflow::model::{Line, Statement};
use crate::python::Identifier;

type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;

/// Tasks, and those that wait for them.
type Link<'a> = (Vec<&'a Identifier>, Vec<&'a Identifier>);

/// The dependencies of one level.
#[derive(Default)]
pub(super) struct Edges<'a> {
    /// What each task waits for, in the order in which tasks first wait for something.
    upstream: IndexMap<&'a Identifier, Vec<&'a Identifier>>,
}

impl<'a> Edges<'a> {
    pub fn add(&mut self, from: &'a Identifier, to: &'a Identifier) {
        self.upstream.entry(to).or_default().push(from);
    }

    pub fn finish(self, body: &mut Vec<Statement<'a>>) {
        let lines = lines(self.upstream);
        if !lines.is_empty() {
            body.push(Statement::Edges(lines));
        }
    }
}

/// Every name once, where it is first.
fn once(mut names: Vec<&Identifier>) -> Vec<&Identifier> {
    if names.len() > 1 {
        let mut seen = FxHashSet::with_capacity_and_hasher(names.len(), FxBuildHasher);
        names.retain(|name| seen.insert(*name));
    }
    names
}

/// Tasks that wait for the same are one step of a chain; a chain goes on where its last step is all
/// that the next one waits for.
fn lines<'a>(upstream: IndexMap<&'a Identifier, Vec<&'a Identifier>>) -> Vec<Line<'a>> {
    let mut steps: IndexMap<Vec<&Identifier>, Vec<&Identifier>> = IndexMap::default();
    for (to, from) in upstream {
        steps.entry(once(from)).or_default().push(to);
    }
    // Airflow has no `list >> list`: then each task gets a line of its own.
    let mut links: Vec<Link<'_>> = Vec::with_capacity(steps.len());
    for (from, to) in steps {
        if from.len() > 1 && to.len() > 1 {
            links.extend(to.into_iter().map(|one| (from.clone(), vec![one])));
        } else {
            links.push((from, to));
        }
    }
    let starts: FxHashMap<&[&Identifier], usize> = links
        .iter()
        .enumerate()
        .rev()
        .map(|(i, (from, _))| (from.as_slice(), i))
        .collect();
    let starting_at = |part: &[&Identifier]| starts.get(part).copied();
    let next: Vec<_> = links.iter().map(|(_, to)| starting_at(to)).collect();
    let mut is_next = vec![false; links.len()];
    next.iter().flatten().for_each(|next| is_next[*next] = true);
    // Chains start where nothing leads to; what is left over starts anywhere.
    let is_first = |(from, _): &Link<'_>| starting_at(from).is_none_or(|start| !is_next[start]);
    let firsts: Vec<_> = (0..links.len()).filter(|i| is_first(&links[*i])).collect();
    let mut unused: Vec<Option<Link<'_>>> = links.into_iter().map(Some).collect();
    let mut lines = Vec::new();
    for first in firsts.into_iter().chain(0..unused.len()) {
        let Some((from, to)) = unused[first].take() else {
            continue;
        };
        let mut line = vec![from, to];
        let mut last = first;
        while let Some(at) = next[last]
            && let Some((_, to)) = unused[at].take_if(|(from, to)| from.len() == 1 || to.len() == 1)
        {
            line.push(to);
            last = at;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Scope;

    fn shown(edges: &[(&str, &str)]) -> Vec<String> {
        let mut scope = Scope::default();
        let mut names: IndexMap<&str, Identifier> = IndexMap::default();
        for name in edges.iter().flat_map(|(a, b)| [*a, *b]) {
            if !names.contains_key(name) {
                names.insert(name, scope.take(&[name]));
            }
        }
        let mut all = Edges::default();
        for (from, to) in edges {
            all.add(&names[from], &names[to]);
        }
        let part = |part: &Vec<&Identifier>| {
            let names: Vec<_> = part.iter().map(|name| name.as_str()).collect();
            names.join(",")
        };
        lines(all.upstream)
            .iter()
            .map(|line| line.iter().map(part).collect::<Vec<_>>().join(" >> "))
            .collect()
    }

    #[test]
    fn a_diamond_is_one_line() {
        let edges = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e")];
        assert_eq!(shown(&edges), ["a >> b,c >> d >> e"]);
    }

    #[test]
    fn no_line_leads_from_list_to_list() {
        let edges = [("a", "c"), ("b", "c"), ("a", "d"), ("b", "d")];
        assert_eq!(shown(&edges), ["a,b >> c", "a,b >> d"]);
    }

    #[test]
    fn every_edge_is_written_once() {
        let edges = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")];
        assert_eq!(
            shown(&edges),
            ["a >> b", "a,b >> c >> d"].map(|line| line.replace("a,b", "b,a"))
        );
    }
}
