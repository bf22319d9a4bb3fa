//! Two names of the flow become the same name on the target.
//!
//! # What it means
//!
//! Targets allow other letters and lengths than the flow language, so flowc changes names for some of
//! them. Two names that differ in the flow may then be one.
//!
//! # Why it matters
//!
//! One of the two would overwrite the other.
//!
//! # Example
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load_a:
//!     run: ./load
//!   load:
//!     tasks:
//!       a:
//!         run: ./load
//! ```
//!
//! # Instead
//!
//! Rename one of the two.
//!
//! ```yaml
//! # target: argo
//! flow: example
//! defaults: { image: alpine:3.22 }
//! tasks:
//!   load_first:
//!     run: ./load
//!   load:
//!     tasks:
//!       a:
//!         run: ./load
//! ```

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::target::Settings;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Reports every name that becomes the same on the target as an earlier one. `names` gives the
/// flow's names with their places; `what` says what they are, such as `task`; `map` is how the target
/// writes them.
pub fn check_names<'n>(
    names: impl IntoIterator<Item = (&'n str, Span)>,
    what: &str,
    map: impl Fn(&str) -> String,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) {
    let names = names.into_iter();
    let room = names.size_hint().0;
    let mut taken: FxHashMap<String, (&str, Span)> =
        FxHashMap::with_capacity_and_hasher(room, FxBuildHasher);
    for (name, span) in names {
        let mapped = map(name);
        match taken.get(&mapped) {
            None => {
                taken.insert(mapped, (name, span));
            }
            // The same text at the same place: a sub-flow file that is used twice.
            Some((other, place)) if *other == name && *place == span => {}
            Some((other, place)) => {
                let target = settings.spec();
                let mut diagnostic = Diagnostic::error(
                    "name-clash",
                    span,
                    format!("{what}s `{other}` and `{name}` are both `{mapped}` on `{target}`"),
                )
                .label(*place, format!("this becomes `{mapped}` too"))
                .help(format!("rename one of the two {what}s"));
                diagnostic.target = Some(target);
                diagnostics.push(diagnostic);
            }
        }
    }
}
