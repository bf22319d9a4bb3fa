"""Run flow files on the Prefect of this interpreter and write down what happened.

    python run_flows.py CASES.json TRACES.json --home MIGRATED_HOME --work FOLDER [--jobs N] [--cluster]

CASES.json is a list of objects:

    name        unique, also the name of the case's folder below --work
    file        the flow file
    function    the name of the flow's function in it
    parameters  optional, overrides of the parameters
    env         optional, extra environment variables
    secrets     optional, Secret blocks: name -> value
    date        optional, the moment the run is scheduled for, in ISO form
    timeout     optional, seconds; 120 by default
    answers     optional, what a person answers to a task: its name -> a choice

TRACES.json is a list in the same order, in Prefect's own words:

    name, seconds, log (path of the full log), error (absent, or what escaped from the run)
    asked    what the person was asked: the name of a task -> {"message", "choices"}
    run      {"type", "name", "message"} of the run's state, absent when there was no run
    tasks    a list of {"name", "type", "state", "message", "runs", "spans", "outputs"}

One server serves all runs, on a copy of a migrated database; the answers are what that database
says when all is over. Prefect is imported once and a process per run is forked from there.
Results are persisted, so that the database knows what each task gave.
"""

import argparse
import atexit
import inspect
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_UI_ENABLED": "false",
    # The database of a test machine is busy at times.
    "PREFECT_CLIENT_RETRY_EXTRA_CODES": "503",
    "PREFECT_CLIENT_MAX_RETRIES": "10",
    "NO_COLOR": "1",
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cases", type=Path)
    arguments.add_argument("traces", type=Path)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--jobs", type=int, default=4)
    arguments.add_argument("--cluster", action="store_true", help="stand in for Kubernetes")
    options = arguments.parse_args()

    cases = json.loads(options.cases.read_text())
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    home = work / "home"
    shutil.copytree(options.home, home)
    os.environ.update(SETTINGS)
    os.environ["PREFECT_HOME"] = str(home)
    server, url = start_server(work)
    cluster = start_cluster(work) if options.cluster else None
    try:
        os.environ["PREFECT_API_URL"] = url
        import_prefect()
        make_limits(cases)
        endings = run_all(cases, work, options.jobs)
        settle(home)
    finally:
        stop_server(server)
        if cluster:
            cluster.kill()
    traces = read_traces(cases, endings, home, work)
    options.traces.write_text(json.dumps(traces, indent=1, ensure_ascii=False))


def start_server(work):
    """A server of our own on a free port; the process and the address of its API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = open(work / "server.log", "wb")
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    server = subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}/api"
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                return server, url
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.2)
    stop_server(server)
    raise RuntimeError(f"the server does not start, see {work}/server.log")


def stop_server(server):
    try:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def start_cluster(work):
    """What stands in for a cluster, as a process of its own."""
    folder = work / "cluster"
    folder.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("cluster.py")), str(folder)]
    cluster = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    os.environ["KUBECONFIG"] = cluster.stdout.readline().strip()
    return cluster


def import_prefect():
    """Import all that a run needs, before the processes are forked."""
    import prefect
    import prefect.blocks.system
    import prefect.concurrency.sync
    import prefect.flow_engine
    import prefect.flow_runs
    import prefect.futures
    import prefect.runtime
    import prefect.states
    import prefect.task_engine
    import prefect.task_runners


def make_limits(cases):
    """The global concurrency limits that the flows name, as an administrator makes them."""
    texts = {Path(case["file"]).read_text() for case in cases}
    names = {name for text in texts for name in re.findall(r' concurrency\("([^"]+)"', text)}
    for name in sorted(names):
        request("POST", "/v2/concurrency_limits/", {"name": name, "limit": 1})


def run_all(cases, work, jobs):
    """Run the cases, some at a time; what became of each process, in order."""
    waiting = list(reversed(list(enumerate(cases))))
    running = {}
    endings = {}
    again = set()
    while waiting or running:
        while waiting and len(running) < jobs:
            index, case = waiting.pop()
            running[start(case, work)] = (index, case, time.monotonic())
        for process, (index, case, began) in list(running.items()):
            if case.get("answers"):
                answer(case, work)
            ended, _ = os.waitpid(process, os.WNOHANG)
            elapsed = time.monotonic() - began
            late = elapsed > case.get("timeout", 120)
            # A fork may meet a lock that a thread of Prefect's held; its run is not made yet.
            stuck = elapsed > 60 and index not in again and not (work / case["name"] / "run.txt").exists()
            if not ended and (late or stuck):
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
            if stuck and not ended:
                del running[process]
                again.add(index)
                waiting.append((index, case))
            elif ended or late:
                del running[process]
                endings[index] = {"seconds": round(elapsed, 1)}
                if late and not ended:
                    endings[index]["error"] = f"not finished after {elapsed:.0f} s"
        time.sleep(0.02)
    return [endings[index] for index in range(len(cases))]


def answer(case, work):
    """Answer as a person does when the run is paused; what was asked is written down."""
    folder = work / case["name"]
    known = folder / "run.txt"
    run_id = known.read_text() if known.exists() else ""
    if not run_id:
        return
    run = f"/flow_runs/{run_id}"
    state = request("GET", run)["state"]
    keys = state["state_details"].get("run_input_keyset")
    if state["type"] != "PAUSED" or not keys:
        return
    task = request("GET", f"/task_runs/{state['state_details']['pause_key']}")
    name = task["name"].rpartition("-")[0] if task else None
    if name is None:
        return
    seen = folder / "asked.json"
    asked = json.loads(seen.read_text()) if seen.exists() else {}
    if name not in asked:
        schema = request("GET", f"{run}/input/{keys['schema']}")
        message = request("GET", f"{run}/input/{keys['description']}")
        if schema is None or message is None:
            return  # it is about to be asked
        choices = schema["properties"]["choice"]["enum"]
        asked[name] = {"message": message, "choices": choices}
        seen.write_text(json.dumps(asked))
    if name in case["answers"]:
        request("POST", f"{run}/resume", {"run_input": {"choice": case["answers"][name]}})


def request(method, path, body=None):
    """What the server says; None when it does not know the thing."""
    asked = urllib.request.Request(
        os.environ["PREFECT_API_URL"] + path,
        json.dumps(body).encode() if body is not None else None,
        {"Content-Type": "application/json"},
        method=method,
    )
    for _ in range(50):
        try:
            with urllib.request.urlopen(asked, timeout=10) as said:
                return json.loads(said.read() or "null")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            if error.code != 503:
                raise
        time.sleep(0.2)  # its database is busy
    raise RuntimeError(f"{path}: the server is busy")


def start(case, work):
    """Fork a process that runs the case; its id."""
    sys.stdout.flush()
    folder = work / case["name"]
    folder.mkdir(parents=True, exist_ok=True)
    process = os.fork()
    if process:
        return process
    try:
        os.setsid()
        log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        run(case, folder)
    except BaseException as error:
        traceback.print_exc()
        (folder / "error.txt").write_text(f"{type(error).__name__}: {error}")
    finally:
        # Events that tell the server about tasks are sent behind the scenes.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def run(case, folder):
    """Run the flow in this process."""
    os.environ.update(case.get("env", {}))
    os.environ["FLOW_STORE"] = str(folder / "store")
    os.environ["HOME"] = str(folder)
    os.chdir(folder)
    for path in reversed(os.environ.get("PYTHONPATH", "").split(":")):
        sys.path.insert(0, path)

    import prefect
    from prefect.client.orchestration import get_client
    from prefect.flow_engine import run_flow
    from prefect.states import Pending, Scheduled

    flow = load(case["file"], case["function"], folder)
    if case.get("secrets"):
        hold(folder.parent.parent)
        for name, value in case["secrets"].items():
            block = prefect.blocks.system.Secret(value=value)
            block.save(name, overwrite=True)
    state = Pending()
    if "date" in case:
        state = Scheduled(scheduled_time=datetime.fromisoformat(case["date"]))
    known = defaults(flow)
    # A parameter that Python keeps the name of has a `_` behind it, as flowc warns.
    parameters = {
        f"{name}_" if name not in known and f"{name}_" in known else name: value
        for name, value in case.get("parameters", {}).items()
    }
    with get_client(sync_client=True) as client:
        flow_run = client.create_flow_run(flow, parameters=parameters, state=state)
    (folder / "run.txt").write_text(str(flow_run.id))
    full = {n: v for n, v in known.items() if v is not inspect.Parameter.empty} | parameters
    run_flow(flow, flow_run=flow_run, parameters=full, return_type="state")


def defaults(flow):
    """The parameters of the flow with their defaults, if any."""
    found = inspect.signature(flow.fn).parameters.values()
    return {parameter.name: parameter.default for parameter in found}


def load(file, function, folder):
    """The flow, with a note of when each of its processes ran."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    for name in ("run_process", "run_container"):
        if hasattr(module, name):
            setattr(module, name, noted(getattr(module, name), folder))
    return getattr(module, function)


def noted(run_process, folder):
    """The function, with a note: Prefect counts a task that waits for a place among the running ones."""

    def run(*arguments):
        from prefect.runtime import task_run

        began = time.time()
        try:
            run_process(*arguments)
        finally:
            line = json.dumps([task_run.id, began, time.time()])
            with open(folder / "spans.txt", "a") as spans:
                spans.write(line + "\n")

    return run


def hold(folder):
    """Let no other run with secrets go on before this one has ended."""
    import fcntl

    fcntl.flock(os.open(folder / "secrets.lock", os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)


def settle(home):
    """Wait until the server has written down all that it was told."""
    before = None
    for _ in range(60):
        now = query(home, "select count(*), max(timestamp) from task_run_state")
        open_ = query(
            home,
            "select count(*) from task_run where state_type in ('RUNNING', 'PENDING')",
        )
        if now == before and open_[0][0] == 0:
            return
        before = now
        time.sleep(0.5)


def query(home, sql, values=()):
    with sqlite3.connect(f"file:{home}/prefect.db?mode=ro", uri=True) as database:
        return database.execute(sql, values).fetchall()


def read_traces(cases, endings, home, work):
    traces = []
    for case, ending in zip(cases, endings):
        folder = work / case["name"]
        trace = {"name": case["name"], "log": str(folder / "log.txt"), "tasks": []} | ending
        error = folder / "error.txt"
        if error.exists():
            trace["error"] = error.read_text()
        asked = folder / "asked.json"
        if asked.exists():
            trace["asked"] = json.loads(asked.read_text())
        known = folder / "run.txt"
        if known.exists():
            read_run(trace, known.read_text(), home, folder)
        traces.append(trace)
    return traces


def read_run(trace, run_id, home, folder):
    found = query(
        home,
        "select s.type, s.name, s.message from flow_run f join flow_run_state s on s.id = f.state_id"
        " where f.id = ?",
        [run_id],
    )
    if found:
        trace["run"] = dict(zip(["type", "name", "message"], found[0]))
    spans = read_spans(folder)
    # A task whose result is persisted says RolledBack behind its state when the task around it fails.
    rows = query(
        home,
        "select t.id, t.name, t.run_count, s.type, s.name, s.message, s.data from task_run t"
        " join task_run_state s on s.id = (select id from task_run_state where task_run_id = t.id"
        " and name <> 'RolledBack' order by timestamp desc limit 1)"
        " where t.flow_run_id = ? order by t.name",
        [run_id],
    )
    for task_id, name, runs, kind, state, message, data in rows:
        trace["tasks"].append(
            {
                "name": name,
                "type": kind,
                "state": state,
                "message": message,
                "runs": runs,
                "spans": spans.get(task_id) or state_spans(home, task_id),
                "outputs": read_outputs(home, kind, data),
            }
        )


def read_spans(folder):
    spans = {}
    path = folder / "spans.txt"
    for line in path.read_text().splitlines() if path.exists() else []:
        task_id, began, ended = json.loads(line)
        spans.setdefault(task_id, []).append([began, ended])
    return spans


def state_spans(home, task_id):
    """When the task was running, by its states."""
    rows = query(
        home,
        "select type, timestamp from task_run_state where task_run_id = ? order by timestamp",
        [task_id],
    )
    spans = []
    for (kind, began), (_, ended) in zip(rows, rows[1:]):
        if kind == "RUNNING":
            spans.append([seconds(began), seconds(ended)])
    return spans


def seconds(timestamp):
    return datetime.fromisoformat(timestamp).replace(tzinfo=timezone.utc).timestamp()


def read_outputs(home, kind, data):
    """What the task gave, from the place where Prefect keeps results."""
    key = (json.loads(data) or {}).get("storage_key") if data and kind == "COMPLETED" else None
    if not key:
        return {}
    from prefect.results import ResultRecord

    path = Path(key) if Path(key).is_absolute() else home / "storage" / key
    if not path.exists():
        return {}  # a rollback has taken it away
    result = ResultRecord.deserialize(path.read_bytes()).result
    return result if isinstance(result, dict) else {}


if __name__ == "__main__":
    main()
