use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::drift::drift;
use super::{Conflict, MANIFEST, PlanError, Wanted, apply, plan};

/// A folder for everything and, in it, `out` and one flow file.
fn place() -> (TempDir, std::path::PathBuf) {
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("flow.yaml"), "flow: a").expect("written");
    let out = place.path().join("out");
    (place, out)
}

fn wanted_of(source: &str, files: &[(&str, &str)]) -> Wanted {
    Wanted {
        source: source.into(),
        target: "argo".into(),
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).into()))
            .collect(),
    }
}

fn wanted(files: &[(&str, &str)]) -> Wanted {
    wanted_of("../flow.yaml", files)
}

fn compile(out: &Path, wanted: &[Wanted]) {
    let changes = plan(out, wanted, false).expect("no conflicts");
    apply(out, &changes).expect("written");
}

fn conflicts(out: &Path, wanted: &[Wanted]) -> Vec<Conflict> {
    match plan(out, wanted, false) {
        Err(PlanError::Conflicts(conflicts)) => conflicts,
        other => panic!("{other:?}"),
    }
}

/// Every file below a folder with its text, manifests apart.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below");
                if name != Path::new(MANIFEST) {
                    found.insert(
                        name.to_string_lossy().into_owned(),
                        fs::read_to_string(&path).expect("text"),
                    );
                }
            }
        }
    }
    found
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_keys().collect()
}

#[test]
fn a_new_folder_appears_with_all_files_and_nothing_beside_it() {
    let (place, out) = place();
    compile(&out, &[wanted(&[("a.yaml", "1"), ("sub/b.yaml", "2")])]);
    assert_eq!(
        names(place.path()),
        [
            "flow.yaml",
            "out/.flowc-manifest.json",
            "out/a.yaml",
            "out/sub/b.yaml"
        ]
    );
}

#[test]
fn what_is_as_wanted_is_not_touched() {
    let (_place, out) = place();
    let want = [wanted(&[("a.yaml", "1")])];
    compile(&out, &want);
    assert!(plan(&out, &want, false).expect("no conflicts").is_empty());
}

#[test]
fn own_files_are_replaced_and_stale_ones_removed_with_their_folders() {
    let (_place, out) = place();
    compile(&out, &[wanted(&[("a.yaml", "1"), ("sub/b.yaml", "2")])]);
    compile(&out, &[wanted(&[("a.yaml", "3")])]);
    assert_eq!(files(&out), BTreeMap::from([("a.yaml".into(), "3".into())]));
    assert!(!out.join("sub").exists());
}

#[test]
fn foreign_and_changed_files_are_refused_and_nothing_is_written() {
    let (_place, out) = place();
    compile(&out, &[wanted(&[("a.yaml", "1"), ("c.yaml", "1")])]);
    fs::write(out.join("a.yaml"), "by hand").expect("written");
    fs::write(out.join("b.yaml"), "foreign").expect("written");
    fs::create_dir(out.join("d.yaml")).expect("made");
    let want = [wanted(&[
        ("a.yaml", "2"),
        ("b.yaml", "2"),
        ("c.yaml", "2"),
        ("d.yaml", "2"),
    ])];
    assert_eq!(
        conflicts(&out, &want),
        [
            Conflict::Changed("a.yaml".into()),
            Conflict::Foreign("b.yaml".into()),
            Conflict::NotAFile("d.yaml".into()),
        ]
    );
    fs::remove_dir(out.join("d.yaml")).expect("removed");
    let forced = plan(&out, &want, true).expect("forced");
    apply(&out, &forced).expect("written");
    assert!(files(&out).values().all(|text| text == "2"));
}

#[test]
fn a_foreign_file_that_is_as_wanted_is_taken_over() {
    let (_place, out) = place();
    fs::create_dir(&out).expect("made");
    fs::write(out.join("a.yaml"), "1").expect("written");
    compile(&out, &[wanted(&[("a.yaml", "1")])]);
    compile(&out, &[wanted(&[("a.yaml", "2")])]);
    assert_eq!(files(&out)["a.yaml"], "2");
}

#[test]
fn stale_files_changed_by_hand_stay_until_forced() {
    let (_place, out) = place();
    compile(&out, &[wanted(&[("a.yaml", "1"), ("b.yaml", "1")])]);
    fs::write(out.join("b.yaml"), "by hand").expect("written");
    let want = [wanted(&[("a.yaml", "1")])];
    let changes = plan(&out, &want, false).expect("no conflicts");
    assert!(changes.left.contains("b.yaml"));
    apply(&out, &changes).expect("written");
    assert_eq!(drift(&out, &want).expect("readable").stale, ["b.yaml"]);
    apply(&out, &plan(&out, &want, true).expect("forced")).expect("written");
    assert_eq!(names(&out), ["a.yaml"]);
}

#[test]
fn flows_share_a_folder_and_a_gone_flow_takes_its_files_with_it() {
    let (place, out) = place();
    fs::write(place.path().join("other.yaml"), "flow: b").expect("written");
    compile(&out, &[wanted(&[("a.yaml", "1")])]);
    compile(&out, &[wanted_of("../other.yaml", &[("b.yaml", "1")])]);
    assert_eq!(names(&out), ["a.yaml", "b.yaml"]);
    assert_eq!(
        conflicts(&out, &[wanted(&[("b.yaml", "2")])]),
        [Conflict::OfFlow {
            path: "b.yaml".into(),
            flow: "../other.yaml".into()
        }]
    );
    fs::remove_file(place.path().join("other.yaml")).expect("removed");
    let want = [wanted(&[("a.yaml", "1")])];
    assert_eq!(drift(&out, &want).expect("readable").stale, ["b.yaml"]);
    compile(&out, &want);
    assert_eq!(names(&out), ["a.yaml"]);
}

#[test]
fn two_flows_of_one_run_cannot_want_the_same_file() {
    let (_place, out) = place();
    let want = [
        wanted(&[("a.yaml", "1")]),
        wanted_of("../other.yaml", &[("a.yaml", "1")]),
    ];
    assert_eq!(conflicts(&out, &want), [Conflict::Twice("a.yaml".into())]);
}

#[test]
fn a_flow_file_is_never_overwritten_not_even_by_force() {
    let (place, _) = place();
    let want = [wanted_of("flow.yaml", &[("flow.yaml", "emitted")])];
    for force in [false, true] {
        assert_eq!(
            plan(place.path(), &want, force),
            Err(PlanError::Conflicts(vec![Conflict::Source(
                "flow.yaml".into()
            )]))
        );
    }
}

#[test]
fn a_write_that_fails_halfway_leaves_the_folder_as_it_was() {
    let (place, out) = place();
    compile(&out, &[wanted(&[("a.yaml", "1"), ("z.yaml", "1")])]);
    let manifest = fs::read_to_string(out.join(MANIFEST)).expect("text");
    let want = [wanted(&[
        ("a.yaml", "2"),
        ("b/c.yaml", "2"),
        ("m/n.yaml", "2"),
    ])];
    let changes = plan(&out, &want, false).expect("no conflicts");
    // Between looking and writing, somebody puts a file where a folder must be.
    fs::write(out.join("m"), "in the way").expect("written");
    assert!(apply(&out, &changes).is_err());
    assert_eq!(names(&out), ["a.yaml", "m", "z.yaml"]);
    assert_eq!(files(&out)["a.yaml"], "1");
    assert_eq!(
        fs::read_to_string(out.join(MANIFEST)).expect("text"),
        manifest
    );
    assert_eq!(fs::read_dir(place.path()).expect("readable").count(), 2);
}

#[test]
fn after_a_kill_between_two_renames_both_contents_are_known_as_own() {
    let (_place, out) = place();
    compile(&out, &[wanted(&[("a.yaml", "1"), ("b.yaml", "1")])]);
    let want = [wanted(&[("a.yaml", "2"), ("b.yaml", "2"), ("c.yaml", "2")])];
    let changes = plan(&out, &want, false).expect("no conflicts");
    fs::write(
        out.join(MANIFEST),
        super::write::transition(&changes).text(),
    )
    .expect("written");
    fs::write(out.join("a.yaml"), "2").expect("written");
    fs::write(out.join("c.yaml"), "2").expect("written");
    compile(&out, &[wanted(&[("a.yaml", "3"), ("b.yaml", "3")])]);
    assert_eq!(
        files(&out),
        BTreeMap::from([("a.yaml".into(), "3".into()), ("b.yaml".into(), "3".into())])
    );
    let manifest = fs::read_to_string(out.join(MANIFEST)).expect("text");
    assert!(!manifest.contains("replacing"), "{manifest}");
}

#[test]
fn a_manifest_that_leads_out_of_the_folder_is_refused() {
    let (place, out) = place();
    fs::create_dir(&out).expect("made");
    fs::write(
        out.join(MANIFEST),
        r#"{"flowc_manifest": 1, "flows": [{"source": "gone", "target": "argo", "files": {"../flow.yaml": ""}}]}"#,
    )
    .expect("written");
    assert!(matches!(
        plan(&out, &[wanted(&[("a.yaml", "1")])], false),
        Err(PlanError::Failure(_))
    ));
    assert!(place.path().join("flow.yaml").exists());
}

#[test]
fn drift_is_a_unified_diff_with_missing_and_stale_files() {
    let (_place, out) = place();
    compile(
        &out,
        &[wanted(&[
            ("a.yaml", "one\ntwo\n"),
            ("old.yaml", "1"),
            ("new.yaml", "1\n2\n"),
        ])],
    );
    fs::remove_file(out.join("new.yaml")).expect("removed");
    let want = [wanted(&[("a.yaml", "one\n2\n"), ("new.yaml", "1\n2\n")])];
    let drift = drift(&out, &want).expect("readable");
    insta::assert_snapshot!(drift.diff("out", false), @r"
    --- out/a.yaml (on disk)
    +++ out/a.yaml (from the flow)
    @@ -1,2 +1,2 @@
     one
    -two
    +2
    +++ out/new.yaml is missing (2 lines)
    --- out/old.yaml is stale: no flow gives it now
    ");
    assert_eq!(drift.summary(), "1 file differs, 1 is missing, 1 is stale");
}

#[cfg(unix)]
#[test]
fn files_and_folders_have_ordinary_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let (place, out) = place();
    let plain = place.path().join("plain");
    fs::create_dir(&plain).expect("made");
    compile(&out, &[wanted(&[("a.yaml", "1")])]);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&out), mode(&plain));
    assert_eq!(
        mode(&out.join("a.yaml")),
        mode(&place.path().join("flow.yaml"))
    );
}
