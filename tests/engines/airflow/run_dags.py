"""Run DAG files on the Airflow of this interpreter and write down what happened.

    python run_dags.py CASES.json TRACES.json --home MIGRATED_HOME --work FOLDER [--jobs N]

CASES.json is a list of objects:

    name     unique, also the name of the case's folder below --work
    folder   holds the DAG file, alone (Airflow 3 serialises the whole folder)
    dag      the id of the DAG to run
    conf     optional, overrides of the parameters
    env      optional, extra environment variables
    timeout  optional, seconds; 120 by default
    date     optional, the logical date in ISO form; now by default

In `conf`, `env` and `folder`, the text `{case}` becomes the case's own folder.

TRACES.json is a list in the same order, in Airflow's own words:

    name, seconds, error (absent, or what escaped from the run), log (path of the full log)
    run      the run's state, absent when there was no run
    tasks    task id -> {"state", "tries", "spans": [[began, ended] of each attempt, in seconds],
             "outputs": {xcom key: value}}, or for a mapped task {"instances": [the same with their
             "index", in its order]}

Every case runs by `dag.test()` in its own process, on its own copy of a migrated sqlite home.
Airflow itself is imported once and the processes are forked from there, which saves the four
seconds that each import costs.
"""

import argparse
import gc
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path

# Where a run notes the times of attempts that its engine forgets.
SPANS = "spans.jsonl"

SETTINGS = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "16",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    "AIRFLOW__CORE__FERNET_KEY": "",
    "NO_COLOR": "1",
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cases", type=Path)
    arguments.add_argument("traces", type=Path)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--jobs", type=int, default=2)
    options = arguments.parse_args()

    cases = json.loads(options.cases.read_text())
    work = options.work.resolve()
    for case in cases:
        prepare(case, work, options.home)
    import_airflow(options.home.resolve(), work)
    traces = run_all(cases, work, options.jobs)
    options.traces.write_text(json.dumps(traces, indent=1, ensure_ascii=False))


def prepare(case, work, home):
    """A fresh folder for the case, with the migrated database in it."""
    folder = work / case["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(home / "airflow.db", folder / "airflow.db")


def import_airflow(home, work):
    """Import all that a run needs, before the processes are forked."""
    os.environ.update(SETTINGS)
    os.environ["AIRFLOW_HOME"] = str(home)
    os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] = str(work / "logs")
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = "sqlite:////nowhere/airflow.db"
    import airflow.models.dagbag
    import airflow.settings
    import sqlalchemy.orm
    from airflow.providers.standard.operators.empty import EmptyOperator  # noqa: F401

    start_instances_in_order()
    if airflow.__version__.startswith("2."):
        end_timeouts_in_the_run()
    else:
        import a2wsgi  # noqa: F401
        import airflow.dag_processing.bundles.local  # noqa: F401
        import airflow.dag_processing.collection  # noqa: F401
        import airflow.dag_processing.dagbag  # noqa: F401
        import airflow.jobs.job  # noqa: F401
        import airflow.models.renderedtifields  # noqa: F401
        import airflow.providers.standard.sensors.external_task  # noqa: F401
        import airflow.serialization.definitions.mappedoperator  # noqa: F401
        import jinja2.ext  # noqa: F401
        from airflow._shared.observability.metrics import stats

        # A third of a second to read a list of all metrics.
        stats._get_registry()
        build_api()
    sqlalchemy.orm.configure_mappers()
    # What is there by now is never collected, so that no process copies it for that.
    gc.freeze()


def build_api():
    """Tasks of Airflow 3 talk to an API server, which `dag.test()` has in its own process. Its routes are built by
    the first request, for five seconds of CPU: once here, instead of once in every run."""
    import asyncio

    import httpx
    from airflow.sdk.api.datamodels._generated import API_VERSION
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    async def ask():
        way = httpx.ASGITransport(app=in_process_api_server().app)
        async with httpx.AsyncClient(transport=way, base_url="http://here.invalid") as client:
            version = {"airflow-api-version": API_VERSION}
            await client.get("/nothing", headers=version)

    asyncio.run(ask())


def end_timeouts_in_the_run():
    """`dag.test()` of Airflow 2 lets a task's timeout escape, although it has recorded it well."""
    from airflow.exceptions import AirflowException, AirflowTaskTimeout
    from airflow.models import dag

    run_task = dag._run_task

    def contained(**arguments):
        # It does not write down when an attempt began, nor earlier attempts, as the scheduler does.
        ti = arguments["ti"]
        began = time.time()
        try:
            run_task(**arguments)
        except AirflowTaskTimeout as error:
            raise AirflowException("the attempt's time is over") from error
        finally:
            with open(Path(os.environ["HOME"]) / SPANS, "a") as spans:
                json.dump([ti.task_id, ti.map_index, ti.try_number, began, time.time()], spans)
                spans.write("\n")

    dag._run_task = contained


def start_instances_in_order():
    """A task that may have one instance at a time starts them in the order of their index; so does the
    scheduler, but not `dag.test()`."""
    from airflow.models.dagrun import DagRun

    update_state = DagRun.update_state

    def ordered(*positional, **arguments):
        schedulable, callback = update_state(*positional, **arguments)
        first = {}
        for ti in sorted(schedulable, key=lambda ti: ti.map_index):
            one_by_one = getattr(ti.task, "max_active_tis_per_dagrun", None) == 1
            first.setdefault(ti.task_id if one_by_one else ti.key, ti)
        return list(first.values()), callback

    DagRun.update_state = ordered


def run_all(cases, work, jobs):
    """Run the cases, some at a time, and return their traces in order."""
    waiting = list(reversed(cases))
    running = {}
    traces = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            case = waiting.pop()
            running[start(case, work)] = (case, time.monotonic())
        for process, (case, began) in list(running.items()):
            ended, _ = os.waitpid(process, os.WNOHANG)
            elapsed = time.monotonic() - began
            late = elapsed > case.get("timeout", 120)
            if not ended and late:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
            if ended or late:
                del running[process]
                trace = read_trace(case, work)
                trace["seconds"] = round(elapsed, 1)
                if late and not ended:
                    trace["error"] = f"not finished after {elapsed:.0f} s"
                traces[case["name"]] = trace
        time.sleep(0.05)
    return [traces[case["name"]] for case in cases]


def start(case, work):
    """Fork a process that runs the case; its id."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        os.setsid()
        folder = work / case["name"]
        log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        run(case, folder)
        status = 0
    except BaseException as error:
        traceback.print_exc()
        (folder / "error.txt").write_text(f"{type(error).__name__}: {error}")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def run(case, folder):
    """Run the DAG in this process."""

    def own(value):
        return json.loads(json.dumps(value).replace("{case}", str(folder)))

    dags = own(case["folder"])
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{folder}/airflow.db"
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = dags
    os.environ["FLOW_STORE"] = str(folder / "store")
    os.environ.update(own(case.get("env", {})))
    os.environ["HOME"] = str(folder)
    os.chdir(folder)
    (folder / "store").mkdir()

    from airflow import settings

    settings.configure_vars()
    settings.dispose_orm()
    settings.configure_orm()

    arguments = {"run_conf": own(case.get("conf", {}))}
    if "date" in case:
        import pendulum
        from airflow import __version__

        # A run that a schedule starts has one time under both names.
        names = ["execution_date"]
        if not __version__.startswith("2."):
            names = ["logical_date", "run_after"]
        arguments |= dict.fromkeys(names, pendulum.parse(case["date"]))
        start_now()
    load(dags, case["dag"]).test(**arguments)


def start_now():
    """`dag.test()` lets a run start at its logical date, so that one in the past would be late."""
    from datetime import UTC, datetime

    from airflow.models import dag, dagrun

    room = dag if hasattr(dag, "_get_or_create_dagrun") else dagrun
    name = "_get_or_create_dagrun" if room is dag else "get_or_create_dagrun"
    create = getattr(room, name)

    def created(**arguments):
        return create(**(arguments | {"start_date": datetime.now(UTC)}))

    setattr(room, name, created)


def load(dags, dag_id):
    """The DAG of this id; an import error of its file is an error here."""
    try:
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dags)
    except ImportError:
        from airflow.models.dagbag import DagBag

        bag = DagBag(dags, include_examples=False)
    if bag.import_errors:
        raise ImportError("\n".join(bag.import_errors.values()))
    if dag_id not in bag.dags:
        raise LookupError(f"no DAG `{dag_id}` in {dags}, only {sorted(bag.dags)}")
    return bag.dags[dag_id]


def read_trace(case, work):
    """What the database says about the case's run."""
    folder = work / case["name"]
    trace = {"name": case["name"], "log": str(folder / "log.txt"), "tasks": {}}
    error = folder / "error.txt"
    if error.exists():
        trace["error"] = error.read_text()
    with sqlite3.connect(folder / "airflow.db") as database:
        database.row_factory = sqlite3.Row
        trace |= read_run(database, case["dag"])
    add_spans(trace["tasks"], folder / SPANS)
    return trace


def read_run(database, dag_id):
    """The only run of a DAG: its state, and its tasks."""
    runs = database.execute(
        "select run_id, state from dag_run where dag_id = ?", [dag_id]
    ).fetchall()
    if len(runs) > 1:
        return {"error": f"{len(runs)} runs instead of one", "tasks": {}}
    if not runs:
        return {"tasks": {}}
    run_id = runs[0]["run_id"]
    tasks = read_tasks(database, dag_id, run_id)
    return {"run": runs[0]["state"], "run_id": run_id, "tasks": tasks}


def read_tasks(database, dag_id, run_id):
    rows = database.execute(
        "select task_id, map_index, state, try_number, start_date, end_date from task_instance"
        " where dag_id = ? and run_id = ? order by task_id, map_index",
        [dag_id, run_id],
    ).fetchall()
    spans = read_spans(database, dag_id, run_id)
    outputs = read_outputs(database, dag_id, run_id)
    tasks = {}
    for row in rows:
        key = (row["task_id"], row["map_index"])
        attempts = spans.get(key, {})
        attempts[row["try_number"]] = (row["start_date"], row["end_date"])
        instance = {
            "state": row["state"],
            "tries": row["try_number"],
            "spans": [[seconds(at) for at in attempts[n]] for n in sorted(attempts) if all(attempts[n])],
            "outputs": outputs.get(key, {}),
        }
        if row["map_index"] < 0:
            tasks[row["task_id"]] = instance
        else:
            task = tasks.setdefault(row["task_id"], {"instances": []})
            task["instances"].append({"index": row["map_index"], **instance})
    return tasks


def read_spans(database, dag_id, run_id):
    """When the attempts before the last one began and ended, by task and map index, then number."""
    spans = {}
    for row in database.execute(
        "select task_id, map_index, try_number, start_date, end_date from task_instance_history"
        " where dag_id = ? and run_id = ?",
        [dag_id, run_id],
    ):
        attempts = spans.setdefault((row["task_id"], row["map_index"]), {})
        attempts[row["try_number"]] = (row["start_date"], row["end_date"])
    return spans


def add_spans(tasks, file):
    """The times that the engine did not write down."""
    if not file.exists():
        return
    for line in file.read_text().splitlines():
        task_id, index, _, began, ended = json.loads(line)
        task = tasks[task_id]
        if "instances" in task:
            task = next(one for one in task["instances"] if one["index"] == index)
        task["spans"].append([began, ended])


def seconds(moment):
    """A moment as sqlite keeps it, in seconds."""
    return datetime.fromisoformat(moment).replace(tzinfo=timezone.utc).timestamp()


def read_outputs(database, dag_id, run_id):
    """XComs by task and map index. Their values are JSON text, which sqlite turns into a number
    where it can."""
    outputs = {}
    for row in database.execute(
        "select task_id, map_index, key, value from xcom where dag_id = ? and run_id = ?",
        [dag_id, run_id],
    ):
        value = row["value"]
        if isinstance(value, (str, bytes)):
            value = json.loads(value)
        outputs.setdefault((row["task_id"], row["map_index"]), {})[row["key"]] = value
    return outputs


if __name__ == "__main__":
    main()
