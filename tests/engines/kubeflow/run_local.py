"""Runs emitted pipelines with kfp's own local runner, without Docker: containers become processes.

Only those without loops and conditions: the local runner reads neither over what containers put out.
Prints, as its last line, JSON with what each task put out.
"""

import argparse
import json
import logging
import os
import subprocess
import tempfile

import docker
import yaml
from kfp import components, dsl, local
from kfp.local import docker_task_handler, executor_output_utils


class NoDocker:
    """Stands in for the client."""

    def info(self):
        return {}

    def close(self):
        pass


attempts = {}


def run_container(client, image, command, volumes, **options):
    """The process of a container; the backend numbers its attempts."""
    key = tuple(command)
    attempts[key] = attempts.get(key, -1) + 1
    environment = {**os.environ, **options.get("environment", {}), "KFP_RETRY_INDEX": str(attempts[key])}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode


outputs_by_task = {}


def outputs_of(executor_input, component_spec):
    """The declared artifacts of a container component are its outputs, as on a cluster."""
    output = executor_output_utils.load_executor_output(executor_input.outputs.output_file)
    for name, artifacts in executor_input.outputs.artifacts.items():
        if name not in output.artifacts:
            output.artifacts[name].CopyFrom(artifacts)
    found = executor_output_utils.get_outputs_from_executor_output(
        executor_output=output, executor_input=executor_input, component_spec=component_spec
    )
    plain = {name: value for name, value in found.items() if not isinstance(value, (dsl.Artifact, list)) or name in component_spec.output_definitions.parameters}
    outputs_by_task[component_spec.executor_label] = plain
    return found


docker.from_env = lambda *args, **kwargs: NoDocker()
docker_task_handler.run_docker_container = run_container
executor_output_utils.get_outputs_for_task = outputs_of


def is_plain(pipeline):
    """Whether there is neither a loop nor a condition in it."""
    dags = [pipeline["root"]] + list(pipeline["components"].values())
    tasks = [task for dag in dags for task in dag.get("dag", {}).get("tasks", {}).values()]
    return not any("parameterIterator" in task or "triggerPolicy" in task for task in tasks)


def by_title(pipeline, outputs):
    """Outputs by the titles of tasks; only where no two share an executor."""
    titles = {}
    for dag in [pipeline["root"]] + list(pipeline["components"].values()):
        for task in dag.get("dag", {}).get("tasks", {}).values():
            component = pipeline["components"][task["componentRef"]["name"]]
            if "executorLabel" in component:
                titles.setdefault(component["executorLabel"], []).append(task["taskInfo"]["name"])
    return {titles[label][0]: values for label, values in outputs.items() if len(titles[label]) == 1}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    logging.disable(logging.CRITICAL)
    answers = []
    for path in parser.parse_args().files:
        with open(path, encoding="utf-8") as file:
            pipeline = next(yaml.safe_load_all(file))
        if not is_plain(pipeline):
            continue
        attempts.clear()
        outputs_by_task.clear()
        error = None
        with tempfile.TemporaryDirectory() as root:
            local.init(runner=local.DockerRunner(), pipeline_root=root, raise_on_error=True)
            try:
                components.load_component_from_file(path)()
            except Exception as problem:  # whatever it is, it is a finding
                error = f"{type(problem).__name__}: {problem}"
        answers.append({"file": path, "error": error, "outputs": by_title(pipeline, outputs_by_task)})
    print()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
