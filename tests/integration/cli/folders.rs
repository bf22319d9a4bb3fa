//! `compile --out` and `compile --check`.

use std::fs;

use super::{FLOW, Place, WRONG};

const MANIFEST: &str = ".flowc-manifest.json";

/// Another flow, of another name.
fn other() -> String {
    FLOW.replace("flow: demo", "flow: other")
}

/// The files that flowc wrote, without the manifest.
fn emitted(place: &Place, folder: &str) -> Vec<String> {
    let mut files = place.files(folder);
    files.retain(|file| file != MANIFEST);
    files
}

#[test]
fn one_target_goes_to_the_folder_and_several_below_their_names() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let stdout = place.run("compile --target argo").fine().out;
    place.run("compile --target argo --out one").fine();
    let files = emitted(&place, "one");
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(place.read(&format!("one/{}", files[0])), stdout);

    place
        .run("compile --target argo --target airflow@3,airflow@2.11 --out several")
        .fine();
    let folders: Vec<String> = emitted(&place, "several")
        .iter()
        .map(|file| file.split('/').next().expect("a part").to_owned())
        .collect();
    for folder in ["argo", "airflow@2.11"] {
        assert!(folders.iter().any(|name| name == folder), "{folders:?}");
    }
}

#[test]
fn an_error_in_one_flow_leaves_the_folder_as_it_is() {
    let place = Place::new(&[("a.yaml", FLOW), ("b.yaml", WRONG)]);
    place
        .run("compile a.yaml b.yaml --target argo --out out")
        .problems();
    assert_eq!(place.files(""), ["a.yaml", "b.yaml"]);
}

#[test]
fn compiling_again_changes_nothing_not_even_a_time() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place.run("compile --target argo --out out").fine();
    let time = |file: &str| {
        fs::metadata(place.path(&format!("out/{file}")))
            .and_then(|metadata| metadata.modified())
            .expect("a time")
    };
    let files = place.files("out");
    let before: Vec<_> = files.iter().map(|file| time(file)).collect();
    place.run("compile --target argo --out out").fine();
    let after: Vec<_> = files.iter().map(|file| time(file)).collect();
    assert_eq!(before, after);
}

#[test]
fn a_file_of_somebody_else_is_not_overwritten_without_force() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place.run("compile --target argo --out first").fine();
    let file = emitted(&place, "first").remove(0);
    place.write(&format!("out/{file}"), "precious");
    let run = place.run("compile --target argo --out out").refused();
    assert!(run.err.contains("was not written by flowc"), "{}", run.err);
    assert!(run.err.contains("--force"), "{}", run.err);
    assert_eq!(place.read(&format!("out/{file}")), "precious");
    assert_eq!(place.files("out"), [file.as_str()]);
    place.run("compile --target argo --out out --force").fine();
    assert_ne!(place.read(&format!("out/{file}")), "precious");
}

#[test]
fn a_file_changed_by_hand_is_not_overwritten_without_force() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place.run("compile --target argo --out out").fine();
    let file = format!("out/{}", emitted(&place, "out")[0]);
    place.write(&file, "changed");
    let run = place
        .run("compile --target argo --out out --param sample=0.5")
        .refused();
    assert!(
        run.err.contains("was changed since flowc wrote it"),
        "{}",
        run.err
    );
    assert_eq!(place.read(&file), "changed");
}

#[test]
fn flows_share_a_folder_whichever_is_compiled_alone() {
    let place = Place::new(&[("a.yaml", FLOW), ("b.yaml", &other())]);
    place
        .run("compile a.yaml b.yaml --target argo --out out")
        .fine();
    assert_eq!(emitted(&place, "out").len(), 2);
    place
        .run("compile a.yaml --target argo --out out --param sample=0.5")
        .fine();
    assert_eq!(emitted(&place, "out").len(), 2);
    place
        .run("compile a.yaml b.yaml --target argo --out out --param sample=0.5")
        .fine();
    place
        .run("compile b.yaml a.yaml --target argo --out out --param sample=0.5 --check")
        .fine();
}

#[test]
fn flows_from_a_pipe_share_a_folder_by_their_names() {
    let place = Place::new(&[]);
    place
        .run_with("compile - --target argo --out out", FLOW)
        .fine();
    place
        .run_with("compile - --target argo --out out", &other())
        .fine();
    assert_eq!(emitted(&place, "out").len(), 2);
    let changed = FLOW.replace("default: 1.0", "default: 0.5");
    place
        .run_with("compile - --target argo --out out", &changed)
        .fine();
    assert_eq!(emitted(&place, "out").len(), 2);
}

#[test]
fn runs_at_the_same_time_do_not_forget_one_anothers_files() {
    let flows: Vec<(String, String)> = (0..6)
        .map(|i| {
            let flow = FLOW.replace("flow: demo", &format!("flow: demo-{i}"));
            (format!("f{i}.yaml"), flow)
        })
        .collect();
    let files: Vec<(&str, &str)> = flows
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let place = Place::new(&files);
    std::thread::scope(|scope| {
        for (name, _) in &flows {
            let place = &place;
            scope.spawn(move || {
                place
                    .run(&format!("compile {name} --target argo --out out"))
                    .fine();
            });
        }
    });
    assert_eq!(emitted(&place, "out").len(), flows.len());
    let manifest = place.read(&format!("out/{MANIFEST}"));
    for (name, _) in &flows {
        assert!(manifest.contains(name), "{manifest}");
    }
}

#[test]
fn two_flows_of_one_name_are_refused_together() {
    let place = Place::new(&[("a.yaml", FLOW), ("b.yaml", FLOW)]);
    let run = place
        .run("compile a.yaml b.yaml --target argo --out out")
        .refused();
    assert!(
        run.err.contains("two of these flows want to write"),
        "{}",
        run.err
    );
    place.run("compile a.yaml --target argo --out out").fine();
    let run = place
        .run("compile b.yaml --target argo --out out --param sample=0.5")
        .refused();
    assert!(
        run.err.contains("belongs to the flow `a.yaml`"),
        "{}",
        run.err
    );
}

#[test]
fn files_of_a_flow_that_is_gone_are_stale_then_removed() {
    let place = Place::new(&[("a.yaml", FLOW), ("b.yaml", &other())]);
    place
        .run("compile a.yaml b.yaml --target argo --out out")
        .fine();
    fs::remove_file(place.path("b.yaml")).expect("removed");
    let run = place
        .run("compile a.yaml --target argo --out out --check")
        .problems();
    assert!(run.out.contains("is stale"), "{}", run.out);
    assert_eq!(
        run.err.lines().last(),
        Some("1 is stale; the same command without `--check` mends it")
    );
    place.run("compile a.yaml --target argo --out out").fine();
    assert_eq!(emitted(&place, "out").len(), 1);
    place
        .run("compile a.yaml --target argo --out out --check")
        .fine();
}

#[test]
fn a_renamed_flow_takes_its_old_file_along() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place.run("compile --target argo --out out").fine();
    let before = emitted(&place, "out");
    place.write("flow.yaml", other());
    place.run("compile --target argo --out out").fine();
    let after = emitted(&place, "out");
    assert_eq!(after.len(), 1);
    assert_ne!(before, after);
}

#[test]
fn check_shows_what_differs_as_a_diff_and_writes_nothing() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place.run("compile --target argo --out out").fine();
    place.run("compile --target argo --out out --check").fine();
    let file = format!("out/{}", emitted(&place, "out")[0]);
    place.write("flow.yaml", FLOW.replace("default: 1.0", "default: 0.75"));
    let before = place.read(&file);
    let run = place
        .run("compile --target argo --out out --check")
        .problems();
    assert!(
        run.out.starts_with(&format!(
            "--- {file} (on disk)\n+++ {file} (from the flow)\n@@ "
        )),
        "{}",
        run.out
    );
    assert!(
        run.out
            .lines()
            .any(|line| line.starts_with('+') && line.contains("0.75")),
        "{}",
        run.out
    );
    assert_eq!(
        run.err.lines().last(),
        Some("1 file differs; the same command without `--check` mends it")
    );
    assert_eq!(place.read(&file), before);
    fs::remove_file(place.path(&file)).expect("removed");
    let run = place
        .run("compile --target argo --out out --check")
        .problems();
    assert!(run.out.contains("is missing"), "{}", run.out);
    assert_eq!(emitted(&place, "out"), Vec::<String>::new());
}

#[test]
fn check_of_a_folder_that_is_not_there_says_what_is_missing() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    let run = place
        .run("compile --target argo --out out --check")
        .problems();
    assert!(run.out.contains("is missing"), "{}", run.out);
    assert_eq!(place.files(""), ["flow.yaml"]);
}

#[test]
fn the_manifest_is_the_same_wherever_the_repository_lies() {
    let texts: Vec<String> = (0..2)
        .map(|_| {
            let place = Place::new(&[("flows/a.yaml", FLOW)]);
            place
                .run("compile flows/a.yaml --target argo --out build/argo")
                .fine();
            place.read(&format!("build/argo/{MANIFEST}"))
        })
        .collect();
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].contains("../../flows/a.yaml"), "{}", texts[0]);
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_the_old_folder_whole() {
    let place = Place::new(&[("a.yaml", FLOW), ("b.yaml", &other())]);
    place.run("compile a.yaml --target argo --out out").fine();
    let old: Vec<(String, String)> = place
        .files("out")
        .into_iter()
        .map(|file| (file.clone(), place.read(&format!("out/{file}"))))
        .collect();
    // A folder stands where a file of the second flow must go, and the first has changed too.
    place
        .run("compile b.yaml --target argo --out elsewhere")
        .fine();
    let second = emitted(&place, "elsewhere").remove(0);
    fs::create_dir(place.path(&format!("out/{second}"))).expect("made");
    let run = place
        .run("compile a.yaml b.yaml --target argo --out out --param sample=0.5 --force")
        .refused();
    assert!(run.err.contains("is not a plain file"), "{}", run.err);
    for (file, text) in old {
        assert_eq!(place.read(&format!("out/{file}")), text, "{file}");
    }
}

#[cfg(unix)]
#[test]
fn no_temporary_files_stay_behind() {
    let place = Place::new(&[("flow.yaml", FLOW)]);
    place.run("compile --target argo --out out").fine();
    place
        .run("compile --target argo --out out --param sample=0.5")
        .fine();
    let names: Vec<_> = fs::read_dir(place.path(""))
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[cfg(unix)]
#[test]
fn after_a_kill_every_file_is_old_or_new_and_the_next_run_needs_no_force() {
    use std::process::Stdio;
    use std::time::Duration;

    let names: Vec<String> = (0..6).map(|i| format!("f{i}.yaml")).collect();
    let flows: Vec<(String, String)> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let flow = FLOW.replace("flow: demo", &format!("flow: demo-{i}"));
            (name.clone(), flow)
        })
        .collect();
    let files: Vec<(&str, &str)> = flows
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let place = Place::new(&files);
    let compile = |sample: &str, out: &str| {
        format!(
            "compile {} --target argo --out {out} --param sample={sample}",
            names.join(" ")
        )
    };
    place.run(&compile("0.25", "old")).fine();
    place.run(&compile("0.75", "new")).fine();
    for step in 0..4 {
        let out = format!("out{step}");
        place.run(&compile("0.25", &out)).fine();
        let mut child = std::process::Command::new(super::program())
            .current_dir(place.path(""))
            .args(compile("0.75", &out).split_whitespace())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(10 + 15 * step));
        let _ = child.kill();
        child.wait().expect("it ends");
        for file in emitted(&place, "old") {
            let text = place.read(&format!("{out}/{file}"));
            let known = ["old", "new"].map(|folder| place.read(&format!("{folder}/{file}")));
            assert!(known.contains(&text), "{out}/{file}: {text}");
        }
        place.run(&compile("0.75", &out)).fine();
        assert_eq!(place.files(&out), place.files("new"));
        place
            .run(&format!("{} --check", compile("0.75", &out)))
            .fine();
    }
}
