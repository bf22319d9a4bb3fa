"""Import DAG files, serialise their DAGs, ask for their pods, and say how it went.

    python import_dags.py --home MIGRATED_HOME --work FOLDER [--rounds N] FILE...

Each file is looked at by itself, all in one process. The last line of standard output is a
JSON list: {"file", "error" (null when all is well), "dags", "seconds" (of CPU, the best of all
rounds; null without any), "warnings"}. A round imports every file once more, one after the
other, so that what slows the machine slows them alike.
"""

import argparse
import gc
import json
import os
import time
import warnings
from pathlib import Path
from types import SimpleNamespace


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--rounds", type=int, default=0)
    arguments.add_argument("files", type=Path, nargs="*")
    options = arguments.parse_args()

    os.environ["AIRFLOW_HOME"] = str(options.home.resolve())
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] = str(options.work.resolve())
    database = options.home.resolve() / "airflow.db"
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{database}"
    files = [file.resolve() for file in options.files]
    answers = [look(file, options.work.resolve()) for file in files]
    rounds = [[read(file)[0] for file in files] for _ in range(options.rounds)]
    for answer, seconds in zip(answers, zip(*rounds)):
        answer["seconds"] = min(seconds)
    print("\n" + json.dumps(answers))


def look(file, work):
    answer = {"file": str(file), "error": None, "dags": 0, "seconds": None, "warnings": []}
    try:
        compile(file.read_bytes(), str(file), "exec")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _, bag = read(file)
        answer["warnings"] = sorted(
            {str(one.message) for one in caught if one.filename == str(file)}
        )
        answer["dags"] = len(bag.dags)
        if bag.import_errors:
            answer["error"] = "\n".join(bag.import_errors.values())
        elif answer["warnings"]:
            answer["error"] = "\n".join(answer["warnings"])
        for dag in bag.dags.values():
            serialise(dag)
            for task in dag.tasks:
                demand_pod(task, work)
    except Exception as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    return answer


def read(file):
    """CPU seconds of an import, and the bag it filled."""
    try:
        from airflow.dag_processing.dagbag import DagBag

        options = {}
    except ImportError:
        from airflow.models.dagbag import DagBag

        options = {"include_examples": False}
    bag = DagBag(os.devnull, **options)
    gc.collect()
    began = time.process_time()
    bag.process_file(str(file))
    return time.process_time() - began, bag


def serialise(dag):
    """What the scheduler stores of a DAG; it must come back."""
    try:
        from airflow.serialization.serialized_objects import DagSerialization

        DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG

        SerializedDAG.from_dict(SerializedDAG.to_dict(dag))


def demand_pod(task, work):
    """The pod of a task that starts one, as it would be asked for; it must be what the client of
    Kubernetes reads as a pod: fields that it does not know would not come back."""
    if not hasattr(task, "build_pod_request_obj") or not hasattr(task, "mount_store"):
        return
    from kubernetes import client

    names = {"dag_id": task.dag_id, "run_id": "run", "task_id": task.task_id}
    for field in task.template_fields:
        setattr(task, field, without_literals(getattr(task, field)))
    task.cmds = ["true"]
    task.mount_store(SimpleNamespace(map_index=-1, try_number=1, **names))
    work.mkdir(parents=True, exist_ok=True)
    task.config_file = str(work / "cluster.json")
    Path(task.config_file).write_text(json.dumps(NO_CLUSTER))
    api = client.ApiClient()
    asked = api.sanitize_for_serialization(task.build_pod_request_obj())
    read = api.deserialize(SimpleNamespace(data=json.dumps(asked)), "V1Pod")
    again = api.sanitize_for_serialization(read)
    if asked != again:
        raise ValueError(f"the pod of {task.task_id} is {asked}, read as {again}")


def without_literals(value):
    """A field as it is when a task runs, but for what only a run can compute."""
    if isinstance(value, list):
        return [without_literals(one) for one in value]
    if isinstance(value, dict):
        return {key: without_literals(one) for key, one in value.items()}
    return value.value if type(value).__name__ == "LiteralValue" else value


# Nobody is asked, but Airflow wants to know whom it would ask.
NO_CLUSTER = {
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "users": [{"name": "none", "user": {}}],
    "current-context": "none",
}


if __name__ == "__main__":
    main()
