"""How long an emitted pipeline of 100 tasks takes to load, by the time of the same from kfp's SDK: the same
processes with the same variables."""

import json
import os
import sys
import tempfile
import time

from kfp import compiler, components, dsl


def task(number):
    """A container component that gives its process the same variables, as one writes it with the SDK."""
    start = 'export FLOW_TASK=$1 FLOW_RUN_ID=$2 NAME=$3; shift 3; exec "$@"'

    def body(name: str, run_id: str):
        return dsl.ContainerSpec(
            image="busybox:1.36",
            command=["sh", "-ec", start, "flow"],
            args=[f"t{number}", run_id, name, "sh", "-e", "-c", f'echo "{number} $NAME"'],
        )

    body.__name__ = f"t{number}"
    return dsl.container_component(body)


def by_sdk(path):
    """The same chain by the SDK."""
    tasks = [task(number) for number in range(100)]

    @dsl.pipeline(name="chain")
    def chain(name: str = "world"):
        before = None
        for one in tasks:
            started = one(name=name, run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
            if before:
                started.after(before)
            before = started

    compiler.Compiler().compile(chain, path)


def best(path):
    """The best of some loads, in seconds of this process."""
    times = []
    for _ in range(7):
        start = time.process_time()
        components.load_component_from_file(path)
        times.append(time.process_time() - start)
    return min(times)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sdk.yaml")
        by_sdk(path)
        ours, theirs = best(sys.argv[1]), best(path)
    print(json.dumps({"ours": ours, "theirs": theirs, "ratio": ours / theirs}))


if __name__ == "__main__":
    main()
