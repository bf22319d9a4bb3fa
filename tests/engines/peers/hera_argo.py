"""Write the workflow of a graph with Hera.

    python hera_argo.py GRAPH OUT

GRAPH is JSON: {"name": text, "upstream": for each task the numbers of those it waits for}.
"""

import json
import sys
from pathlib import Path

from hera.workflows import DAG, Container, Parameter, RetryStrategy, Task, Workflow
from hera.workflows.models import Backoff


def main():
    graph = json.loads(Path(sys.argv[1]).read_text())
    backoff = Backoff(duration="10s", factor="2", max_duration="5m")
    again = RetryStrategy(limit="2", backoff=backoff)
    with Workflow(
        generate_name=graph["name"] + "-",
        entrypoint="main",
        arguments=[Parameter(name="region", value="north")],
    ) as workflow:
        templates = [
            Container(
                name=f"task-{task:05}",
                image="ghcr.io/acme/etl:5.2",
                command=["sh", "-c"],
                args=[f"wc -l < north/{task} > rows"],
                active_deadline_seconds=1800,
                retry_strategy=again if task % 10 == 0 else None,
            )
            for task in range(len(graph["upstream"]))
        ]
        with DAG(name="main"):
            for task, upstream in enumerate(graph["upstream"]):
                Task(
                    name=f"task-{task:05}",
                    template=templates[task],
                    dependencies=[f"task-{other:05}" for other in upstream],
                )
    Path(sys.argv[2]).write_text(workflow.to_yaml())


if __name__ == "__main__":
    main()
