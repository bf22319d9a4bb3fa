"""Compile the pipeline of a graph with the SDK of Kubeflow Pipelines.

    python kfp_pipeline.py GRAPH OUT.yaml

GRAPH is JSON: {"name": text, "upstream": for each task the numbers of those it waits for}.
"""

import json
import sys
from pathlib import Path

from kfp import compiler, dsl


@dsl.container_component
def count(task: int):
    return dsl.ContainerSpec(
        image="ghcr.io/acme/etl:5.2",
        command=["sh", "-c", 'wc -l < "north/$0" > rows'],
        args=[task],
    )


def main():
    graph = json.loads(Path(sys.argv[1]).read_text())

    @dsl.pipeline(name=graph["name"])
    def pipeline(region: str = "north"):
        made = []
        for task, upstream in enumerate(graph["upstream"]):
            step = count(task=task)
            step.set_display_name(f"task_{task:05}")
            if upstream:
                step.after(*[made[other] for other in upstream])
            if task % 10 == 0:
                step.set_retry(
                    num_retries=2,
                    backoff_duration="10s",
                    backoff_factor=2,
                    backoff_max_duration="300s",
                )
            made.append(step)

    compiler.Compiler().compile(pipeline, sys.argv[2])


if __name__ == "__main__":
    main()
