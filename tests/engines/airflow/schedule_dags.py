"""Run DAG files by the real scheduler of this interpreter's Airflow and write down what happened.

    python schedule_dags.py CASES.json TRACES.json --home MIGRATED_HOME --work FOLDER

CASES.json is a list of objects:

    name     unique
    file     the DAG file
    dag      the id of its DAG, no two alike
    conf     optional, overrides of the parameters
    pools    optional, pool -> slots
    answers  optional, task id -> what a person answers when the task asks (Airflow 3)

TRACES.json is what `run_dags.py` writes, and of every case also

    seen     task id -> the states in which the task was seen while it ran

All cases run at once, each as a run of its own DAG, with the LocalExecutor on sqlite: the
scheduler and the triggerer, of Airflow 3 also API servers and the DAG processor. They all
end with this process, and so does every process that they have started.
"""

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

import run_dags

PATIENCE = 300  # seconds, for all runs to end on a busy machine
THOUGHT = 10  # seconds that a person takes for an answer
ASKING = ("deferred", "awaiting_input")  # the states of a task that waits for a person

SETTINGS = run_dags.SETTINGS | {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
    "AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__API__WORKERS": "1",
    # A request that is given up is made again, but it was not without effect.
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
    "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of this test and nothing else",
    "AIRFLOW__API__SECRET_KEY": "a secret of this test and nothing else",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    # Airflow 2 refuses this executor on sqlite, which has no locks of rows. So writers wait for
    # each other, and a task that has ended schedules nothing beside the scheduler.
    "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
    "AIRFLOW__SCHEDULER__SCHEDULE_AFTER_TASK_EXECUTION": "False",
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cases", type=Path)
    arguments.add_argument("traces", type=Path)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    options = arguments.parse_args()

    cases = json.loads(options.cases.read_text())
    work = options.work.resolve()
    is_old = version("apache-airflow").startswith("2.")
    port = prepare(cases, work, options.home)
    adopt_descendants()
    try:
        traces = run(cases, work, is_old, port)
    finally:
        end_descendants()
    options.traces.write_text(json.dumps(traces, indent=1, ensure_ascii=False))


def prepare(cases, work, home):
    """A home with a migrated database, the DAG files, and the settings that all processes read;
    the port where the tasks of Airflow 3 find a server."""
    shutil.rmtree(work, ignore_errors=True)
    (work / "dags").mkdir(parents=True)
    (work / "store").mkdir()
    shutil.copy(home / "airflow.db", work / "airflow.db")
    with contextlib.closing(sqlite3.connect(work / "airflow.db")) as database:
        database.execute("pragma journal_mode = wal")
    for case in cases:
        shutil.copy(case["file"], work / "dags")
    # The name of a dictionary is how Airflow takes a setting that is no text.
    (work / "config").mkdir()
    (work / "config/flowc_sqlite.py").write_text(
        "patience = {'timeout': 60}\nhaste = {'timeout': 3}\n"
    )
    port = free_port()
    os.environ.update(SETTINGS)
    os.environ.update(
        {
            "AIRFLOW_HOME": str(work),
            "HOME": str(work),
            "FLOW_STORE": str(work / "store"),
            "PYTHONPATH": os.pathsep.join(
                [str(work / "config"), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "AIRFLOW__CORE__DAGS_FOLDER": str(work / "dags"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{work}/airflow.db",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "flowc_sqlite.patience",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(work / "logs"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        }
    )
    sys.path.insert(0, str(work / "config"))
    return port


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(cases, work, is_old, port):
    """Start Airflow, start the runs, wait for their ends, and read what happened."""
    running = {}
    for part in ("scheduler", "triggerer"):
        running[part] = start(work, part, [part, "--skip-serve-logs"])
    people = None
    if not is_old:
        running["dag-processor"] = start(work, "dag-processor", ["dag-processor"])
        running["tasks"] = start(work, "tasks", server("execution", port))
        # A server that writes down who did what stands still while it waits for the database,
        # and what holds the database may be a request to the same server. So people have their
        # own, which waits shortly and is asked again.
        people = free_port()
        haste = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "flowc_sqlite.haste"}
        running["people"] = start(work, "people", server("core", people), haste)

    def look_after():
        for name, process in running.items():
            if process.poll() is not None:
                tail = "\n".join((work / f"{name}.log").read_text().splitlines()[-15:])
                raise RuntimeError(f"the {name} has ended by itself:\n{tail}")

    wait_for_dags(cases, work, look_after)
    if not is_old:
        # The first request to a server takes long.
        ask(f"http://127.0.0.1:{port}/execution/health", "GET")
        ask(f"http://127.0.0.1:{people}/api/v2/version", "GET")
    make_pools(cases)
    for case in cases:
        trigger(case, is_old)
    seen = watch(cases, work, f"http://127.0.0.1:{people}", look_after)
    traces = []
    for case in cases:
        with reading(work) as database:
            trace = run_dags.read_run(database, case["dag"])
        state = trace.get("run")
        if state not in ("success", "failed"):
            trace["error"] = f"the run is still {state} after {PATIENCE} s"
        traces.append(
            {
                "name": case["name"],
                "log": str(work / "logs"),
                "seen": {
                    task: sorted(states) for task, states in seen[case["dag"]].items()
                },
                **trace,
            }
        )
    return traces


def server(apps, port):
    return ["api-server", "--apps", apps, "--host", "127.0.0.1", "--port", str(port)]


def start(work, name, command, env=None):
    with open(work / f"{name}.log", "w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", *command],
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=work,
        )


@contextlib.contextmanager
def reading(work):
    with contextlib.closing(
        sqlite3.connect(work / "airflow.db", timeout=60)
    ) as database:
        database.row_factory = sqlite3.Row
        yield database


def wait_for_dags(cases, work, look_after):
    """Until all DAGs are known; what one of them cannot be imported for is an error."""
    wanted = {case["dag"] for case in cases}
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        look_after()
        with reading(work) as database:
            known = {
                row["dag_id"]
                for row in database.execute("select dag_id from serialized_dag")
            }
            errors = database.execute("select stacktrace from import_error").fetchall()
        if errors:
            raise RuntimeError("\n".join(row["stacktrace"] for row in errors))
        if wanted <= known:
            return
        time.sleep(0.5)
    raise TimeoutError(f"not read after {PATIENCE} s: {sorted(wanted - known)}")


def make_pools(cases):
    from airflow.models import Pool

    for case in cases:
        for name, slots in case.get("pools", {}).items():
            Pool.create_or_update_pool(name, slots, "", False)


def trigger(case, is_old):
    from airflow.api.common.trigger_dag import trigger_dag

    arguments = {"dag_id": case["dag"], "run_id": "run", "conf": case.get("conf", {})}
    if not is_old:
        from airflow.utils.types import DagRunTriggeredByType

        arguments["triggered_by"] = DagRunTriggeredByType.TEST
    trigger_dag(**arguments)


def watch(cases, work, server, look_after):
    """Until all runs have ended, or patience has: the states in which each task was seen."""
    seen = {case["dag"]: {} for case in cases}
    answers = {case["dag"]: dict(case.get("answers", {})) for case in cases}
    asked = {}
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        look_after()
        with reading(work) as database:
            runs = database.execute("select dag_id, state from dag_run").fetchall()
            tasks = database.execute(
                "select dag_id, task_id, state from task_instance"
            ).fetchall()
        for row in tasks:
            states = seen[row["dag_id"]].setdefault(row["task_id"], set())
            states.add(row["state"] or "none")
            if row["state"] in ASKING and row["task_id"] in answers[row["dag_id"]]:
                # Nobody answers at once, and a scheduler that has not yet taken note that the
                # process of the task has ended would take the answered task for a lost one.
                since = asked.setdefault((row["dag_id"], row["task_id"]), time.monotonic())
                if time.monotonic() < since + THOUGHT:
                    continue
                choice = answers[row["dag_id"]].pop(row["task_id"])
                answer(server, row["dag_id"], row["task_id"], choice)
        if all(row["state"] in ("success", "failed") for row in runs):
            break
        time.sleep(0.3)
    return seen


def answer(server, dag_id, task_id, choice):
    """What a person does in the web interface."""
    token = json.loads(ask(f"{server}/auth/token", "GET"))["access_token"]
    run = f"{server}/api/v2/dags/{dag_id}/dagRuns/run"
    choice = json.dumps({"chosen_options": [choice], "params_input": {}}).encode()
    ask(f"{run}/taskInstances/{task_id}/-1/hitlDetails", "PATCH", choice, token)


def ask(url, method, body=None, token=None):
    request = urllib.request.Request(url, body, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for attempt in range(15):
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            # Not yet written down, or the database is busy.
            if attempt == 14:
                raise RuntimeError(
                    f"{method} {url}: {error}: {error.read()!r}"
                ) from error
        time.sleep(1)


def adopt_descendants():
    """Whatever loses its parent below this process becomes its child, and this process its heir."""
    libc = ctypes.CDLL(None, use_errno=True)
    set_death_signal, set_child_subreaper = 1, 36
    libc.prctl(set_child_subreaper, 1, 0, 0, 0)
    libc.prctl(set_death_signal, signal.SIGTERM, 0, 0, 0)

    def stop(*_):
        raise SystemExit("stopped")

    signal.signal(signal.SIGTERM, stop)


def end_descendants():
    """Ask the children to end, give them some seconds, then do not ask any more."""
    for kind, patience in ((signal.SIGTERM, 8), (signal.SIGKILL, 8)):
        deadline = time.monotonic() + patience
        while children() and time.monotonic() < deadline:
            for child in children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, kind)
            ends = time.monotonic() + 1
            while children() and time.monotonic() < ends:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(-1, os.WNOHANG)
                time.sleep(0.05)


def children():
    """The processes of which this one is the parent."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, _, rest = stat.read_text().rpartition(")")
            if int(rest.split()[1]) == os.getpid():
                found.append(int(stat.parent.name))
    return found


if __name__ == "__main__":
    main()
