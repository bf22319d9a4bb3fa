"""Have dag-factory make the DAG of a configuration, as Airflow does each time it reads the file.

    python dag_factory_load.py CONFIG.yaml

With `--write GRAPH CONFIG.yaml` the configuration of a graph is written instead. GRAPH is JSON:
{"name": text, "upstream": for each task the numbers of those it waits for}.
"""

import json
import sys
from pathlib import Path


def write(graph, config):
    lines = [
        f"{graph['name']}:",
        "  default_args: { start_date: 2025-01-01, owner: etl }",
        "  schedule: null",
        "  catchup: false",
        "  params: { region: north }",
        "  tasks:",
    ]
    for task, upstream in enumerate(graph["upstream"]):
        lines += [
            f"    - task_id: task_{task:05}",
            "      operator: airflow.providers.standard.operators.bash.BashOperator",
            f'      bash_command: wc -l < "north/{task}" > rows',
            "      execution_timeout:",
            "        __type__: datetime.timedelta",
            "        minutes: 30",
        ]
        if task % 10 == 0:
            lines.append("      retries: 2")
        if upstream:
            names = ", ".join(f"task_{other:05}" for other in upstream)
            lines.append(f"      dependencies: [{names}]")
    config.write_text("\n".join(lines) + "\n")


def load(config):
    from dagfactory import load_yaml_dags

    made = {}
    load_yaml_dags(made, config_filepath=str(config.resolve()))
    name, tasks = config.stem, config.read_text().count("- task_id:")
    if len(made[name].tasks) != tasks:
        raise SystemExit(f"{len(made[name].tasks)} tasks and not {tasks}")


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write(json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3]))
    else:
        load(Path(sys.argv[1]))
