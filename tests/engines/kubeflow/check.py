"""Reads emitted pipelines as strictly as can be: by kfp's own loader, and by the protocol buffers of the
pipeline's specification and of the Kubernetes part, in which an unknown field is an error. Prints JSON."""

import argparse
import json
import time

import yaml
from google.protobuf import json_format
from kfp import components
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2


def check(path):
    """What is wrong with a file."""
    with open(path, encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    spec = pipeline_spec_pb2.PipelineSpec()
    json_format.ParseDict(documents[0], spec, ignore_unknown_fields=False)
    json_format.ParseDict(
        documents[0]["deploymentSpec"], pipeline_spec_pb2.PipelineDeploymentConfig(), ignore_unknown_fields=False
    )
    if len(documents) > 1:
        json_format.ParseDict(documents[1], pipeline_spec_pb2.PlatformSpec(), ignore_unknown_fields=False)
        kubernetes = documents[1]["platforms"]["kubernetes"]
        for config in kubernetes.get("deploymentSpec", {}).get("executors", {}).values():
            json_format.ParseDict(
                config, kubernetes_executor_config_pb2.KubernetesExecutorConfig(), ignore_unknown_fields=False
            )
    connected(documents[0])
    components.load_component_from_file(path)


def connected(pipeline):
    """Every name that is used stands somewhere, and every input is given."""
    known = pipeline["components"]
    executors = pipeline["deploymentSpec"]["executors"]
    used = set()
    for place, component in [("root", pipeline["root"]), *known.items()]:
        if "executorLabel" in component:
            used.add(component["executorLabel"])
            continue
        own = component.get("inputDefinitions", {})
        tasks = component["dag"]["tasks"]
        for name, task in tasks.items():
            where = f"{place}, task {name}"
            target = known[task["componentRef"]["name"]]
            used.add(task["componentRef"]["name"])
            wanted = target.get("inputDefinitions", {})
            items = {task["parameterIterator"]["itemInput"]} if "parameterIterator" in task else set()
            for kind, component_input, task_output, key in [
                ("parameters", "componentInputParameter", "taskOutputParameter", "outputParameterKey"),
                ("artifacts", "componentInputArtifact", "taskOutputArtifact", "outputArtifactKey"),
            ]:
                given = task.get("inputs", {}).get(kind, {})
                if set(given) | (items if kind == "parameters" else set()) != set(wanted.get(kind, {})):
                    raise ValueError(f"{where}: is given {sorted(given)}, declares {sorted(wanted.get(kind, {}))}")
                for spec in given.values():
                    if component_input in spec and spec[component_input] not in own.get(kind, {}):
                        raise ValueError(f"{where}: there is no input {spec[component_input]} around")
                    if task_output in spec:
                        producer = tasks[spec[task_output]["producerTask"]]
                        if spec[task_output]["producerTask"] not in task["dependentTasks"]:
                            raise ValueError(f"{where}: does not wait for what it reads")
                        made = known[producer["componentRef"]["name"]]["outputDefinitions"][kind]
                        made[spec[task_output][key]]
    unused = (set(known) | set(executors)) - used
    if unused:
        raise ValueError(f"nothing uses {sorted(unused)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    found = []
    for path in parser.parse_args().files:
        start, error = time.perf_counter(), None
        try:
            check(path)
        except Exception as problem:  # whatever it is, it is a finding
            error = f"{type(problem).__name__}: {problem}"
        found.append({"file": path, "error": error, "seconds": time.perf_counter() - start})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
