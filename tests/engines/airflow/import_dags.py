"""Import DAG files, serialise their DAGs, and say how it went.

    python import_dags.py --home MIGRATED_HOME --work FOLDER FILE...

Each file is looked at by itself, all in one process. The last line of standard output is a
JSON list: {"file", "error" (null when all is well), "dags", "seconds" (of CPU, the best of
three imports), "warnings"}.
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("files", type=Path, nargs="*")
    options = arguments.parse_args()

    os.environ["AIRFLOW_HOME"] = str(options.home.resolve())
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] = str(options.work.resolve())
    database = options.home.resolve() / "airflow.db"
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{database}"
    answers = [look(file.resolve()) for file in options.files]
    print("\n" + json.dumps(answers))


def look(file):
    answer = {"file": str(file), "error": None, "dags": 0, "seconds": 0, "warnings": []}
    try:
        compile(file.read_bytes(), str(file), "exec")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            seconds, bag = min((read(file) for _ in range(3)), key=lambda one: one[0])
        answer["seconds"] = seconds
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


if __name__ == "__main__":
    main()
