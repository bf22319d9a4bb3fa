"""Runs emitted pipelines as Kubeflow's backend would, containers as processes of this machine.

It reads the YAML and nothing else. What it does is what the backend does: a task starts when all that it
waits for have succeeded; after a failure its DAG starts nothing more, and what is running goes on; a
condition that is false leaves a task, and those that wait for it, unstarted; a loop's outputs are lists; an
exit task starts whatever became of its DAG. The launcher's part is done here too: placeholders in commands
and arguments, outputs read from files by their type, artifacts as files.
"""

import argparse
import concurrent.futures
import copy
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import yaml

ZERO = {"STRING": "", "NUMBER_INTEGER": 0, "NUMBER_DOUBLE": 0.0, "BOOLEAN": False, "LIST": [], "STRUCT": {}}


class Skipped(Exception):
    """The task's condition is false."""


class Failed(Exception):
    """The task has failed, or something in it."""


def load(path):
    """The pipeline and the platform's part of a file."""
    with open(path, encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    platform = documents[1] if len(documents) > 1 else {}
    return documents[0], platform.get("platforms", {}).get("kubernetes", {})


# --- values ---


def json_of(value):
    """A value as the launcher writes it: whole doubles without a fraction."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + json_of(v) for k, v in sorted(value.items())) + "}"
    # Go's encoder makes text safe for web pages.
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def text_of(value):
    """A value in an argument."""
    return value if isinstance(value, str) else json_of(value)


def finite(text):
    """A double, as Go reads it."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def read_output(text, kind):
    """The text of an output file as a value; all numbers are doubles."""
    if kind == "STRING":
        return text
    if kind in ("NUMBER_INTEGER", "NUMBER_DOUBLE"):
        return float(int(text)) if kind == "NUMBER_INTEGER" else finite(text)
    if kind == "BOOLEAN":
        return {"true": True, "false": False}[text]
    value = json.loads(text, parse_int=finite, parse_float=finite, parse_constant=finite)
    if not isinstance(value, list if kind == "LIST" else dict):
        raise ValueError(f"{text!r} is no {kind}")
    return value


# --- conditions: the part of CEL that is emitted ---

TOKEN = re.compile(
    r"\s*(?:(?P<input>inputs\.parameter_values\['(?P<name>[^']+)'\])"
    r"|(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)"
    r"|(?P<word>true|false)|(?P<method>\.(?:startsWith|endsWith|contains))|(?P<op>&&|\|\||[!=<>]=|[<>!()]))"
)


class Condition:
    """A recursive descent over the tokens."""

    def __init__(self, text, inputs):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            match = TOKEN.match(text, at)
            if not match:
                raise ValueError(f"cannot read the condition {text!r} at {at}")
            self.tokens.append(match)
            at = match.end()
        self.inputs = inputs

    def peek(self, *ops):
        return bool(self.tokens) and self.tokens[0]["op"] in ops

    def any(self):
        value = self.all()
        while self.peek("||"):
            self.tokens.pop(0)
            value = self.all() or value
        return value

    def all(self):
        value = self.one()
        while self.peek("&&"):
            self.tokens.pop(0)
            value = self.one() and value
        return value

    def one(self):
        if self.peek("!"):
            self.tokens.pop(0)
            return not self.one()
        if self.peek("("):
            self.tokens.pop(0)
            value = self.any()
            assert self.tokens.pop(0)["op"] == ")"
            return value
        left = self.operand()
        if self.tokens and self.tokens[0]["method"]:
            method = self.tokens.pop(0)["method"]
            assert self.tokens.pop(0)["op"] == "("
            part = self.operand()
            assert self.tokens.pop(0)["op"] == ")"
            return {".startsWith": left.startswith, ".endsWith": left.endswith, ".contains": left.__contains__}[
                method
            ](part)
        if not self.peek("==", "!=", "<", "<=", ">", ">="):
            assert isinstance(left, bool), left
            return left
        op = self.tokens.pop(0)["op"]
        right = self.operand()
        if op in ("==", "!="):
            same = type(left) is type(right) and left == right
            return same if op == "==" else not same
        if type(left) is not type(right):
            raise TypeError(f"no such overload: {left!r} {op} {right!r}")
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]

    def operand(self):
        token = self.tokens.pop(0)
        if token["input"]:
            value = self.inputs[token["name"]]
            return float(value) if type(value) is int else value
        if token["text"]:
            escapes = {"n": "\n", "r": "\r", "t": "\t"}
            return re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[1]), token["text"][1:-1])
        if token["number"]:
            if "." not in token["number"] and "e" not in token["number"]:
                raise TypeError("a whole number is no double")
            return float(token["number"])
        return token["word"] == "true"


# --- running ---


class Run:
    """One run of one pipeline."""

    def __init__(self, pipeline, platform, root, secrets, environment, moment, timeout):
        self.components = pipeline["components"]
        self.executors = pipeline["deploymentSpec"]["executors"]
        self.platform = platform.get("deploymentSpec", {}).get("executors", {})
        self.pipeline, self.root, self.secrets, self.environment = pipeline, root, secrets, environment
        self.id = str(uuid.uuid4())
        self.moment = moment
        self.trace = []
        self.idle = []
        self.late = False
        self.deadline = time.monotonic() + timeout
        limit = platform.get("pipelineConfig", {}).get("activeDeadlineSeconds", math.inf)
        self.cut = time.monotonic() + limit  # the end of the whole run, its exit task included
        self.lock = threading.Lock()
        self.count = 0

    def run(self, parameters):
        """The run's state."""
        root = self.pipeline["root"]
        inputs = self.arguments(root, parameters)
        if inputs is None:
            return "refused"
        try:
            self.dag(root, {"parameters": inputs, "artifacts": {}}, [])
        except Failed:
            return "failed"
        return "succeeded"

    def arguments(self, root, parameters):
        """Defaults, and the types that the server checks."""
        kinds = {
            "STRING": str,
            "NUMBER_INTEGER": (int, float),
            "NUMBER_DOUBLE": (int, float),
            "BOOLEAN": bool,
            "LIST": list,
            "STRUCT": dict,
        }
        inputs = {}
        declared = root.get("inputDefinitions", {}).get("parameters", {})
        for name, spec in declared.items():
            if name in parameters:
                value = parameters[name]
                kind = spec["parameterType"]
                if not isinstance(value, kinds[kind]) or (isinstance(value, bool) and kind != "BOOLEAN"):
                    return None
            elif "defaultValue" in spec:
                value = spec["defaultValue"]
            else:
                return None
            inputs[name] = json.loads(json.dumps(value), parse_int=float)
        return inputs if set(parameters) <= set(declared) else None

    def dag(self, component, inputs, path):
        """Runs a DAG; its outputs."""
        spec = component["dag"]
        tasks = spec["tasks"]
        exits = {name for name, task in tasks.items() if "strategy" in task.get("triggerPolicy", {})}
        outputs, unstarted, failed = {}, set(), set()
        waits = {name: set(task.get("dependentTasks", [])) for name, task in tasks.items()}
        running = {}
        stopped = False
        pool = concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(tasks)))
        with pool:
            while True:
                for name, task in tasks.items():
                    seen = name in outputs or name in unstarted or name in failed or name in running.values()
                    if seen or name in exits:
                        continue
                    if waits[name] & (unstarted | failed):
                        unstarted.add(name)
                    elif waits[name] <= set(outputs) and not stopped:
                        running[pool.submit(self.task, name, task, inputs, dict(outputs), path)] = name
                if not running:
                    break
                done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    name = running.pop(future)
                    try:
                        outputs[name] = future.result()
                    except Skipped:
                        unstarted.add(name)
                    except Failed:
                        failed.add(name)
                        stopped = True
        for name in exits:
            task = copy.deepcopy(tasks[name])
            if waits[name] & unstarted or not waits[name] <= set(outputs) | failed:
                continue
            for spec_of in task.get("inputs", {}).get("parameters", {}).values():
                if "taskFinalStatus" in spec_of:
                    producer = spec_of["taskFinalStatus"]["producerTask"]
                    state = "FAILED" if producer in failed else "COMPLETE"
                    status = {"state": state, "pipelineTaskName": producer, "error": {}}
                    spec_of.clear()
                    spec_of["runtimeValue"] = {"constant": status}
            try:
                outputs[name] = self.task(name, task, inputs, outputs, path)
            except Failed:
                failed.add(name)
        self.note_idle(tasks, outputs, failed, path)
        if failed:
            raise Failed
        return self.dag_outputs(spec.get("outputs", {}), outputs)

    def note_idle(self, tasks, outputs, failed, path):
        """What did not start in a DAG, and why."""
        arms = [outputs[name]["parameters"]["state"] for name in ("skip", "stop") if name in outputs]
        conditions = {name for name, task in tasks.items() if task.get("triggerPolicy", {}).get("condition")}
        for name, task in tasks.items():
            if name in outputs or name in failed:
                continue
            title = task["taskInfo"]["name"]
            upstream = [tasks[other]["taskInfo"]["name"] for other in task.get("dependentTasks", []) if other in failed]
            if any(other.startswith(title + " ") for other in upstream):
                state = "failed"  # what was to prepare it has failed
            elif arms:
                state = arms[0]
            elif name in conditions and not upstream and set(task.get("dependentTasks", [])) - conditions <= set(outputs):
                state = self.decided(task, outputs) or "skipped"
            else:
                state = "upstream_failed"
            with self.lock:
                for inner in sorted(set(self.titles(task))):
                    is_within = state == "failed" and inner != title  # it was the group that failed
                    self.idle.append({"title": inner, "path": path, "state": "upstream_failed" if is_within else state})

    def decided(self, task, outputs):
        """What was decided about a task that does not run, when a task before it says so."""
        for spec in task.get("inputs", {}).get("parameters", {}).values():
            output = spec.get("taskOutputParameter", {})
            if output.get("outputParameterKey") == "decision" and output["producerTask"] in outputs:
                return outputs[output["producerTask"]]["parameters"]["decision"]
        return None

    def titles(self, task):
        """The titles of the containers in a task."""
        component = self.components[task["componentRef"]["name"]]
        if "executorLabel" in component:
            yield task["taskInfo"]["name"]
        for inner in component.get("dag", {}).get("tasks", {}).values():
            yield from self.titles(inner)

    def dag_outputs(self, spec, outputs):
        """What the DAG's outputs are, each of the one task that has it."""
        given = {"parameters": {}, "artifacts": {}}
        for name, selector in spec.get("parameters", {}).items():
            one = selector.get("valueFromParameter")
            selectors = [one] if one else selector["valueFromOneof"]["parameterSelectors"]
            found = [s for s in selectors if s["producerSubtask"] in outputs]
            if len(found) == 1:
                produced = outputs[found[0]["producerSubtask"]]["parameters"]
                given["parameters"][name] = produced[found[0]["outputParameterKey"]]
        for name, selector in spec.get("artifacts", {}).items():
            found = [s for s in selector["artifactSelectors"] if s["producerSubtask"] in outputs]
            if len(found) == 1:
                produced = outputs[found[0]["producerSubtask"]]["artifacts"]
                given["artifacts"][name] = produced[found[0]["outputArtifactKey"]]
        return given

    def inputs_of(self, task, inputs, outputs):
        """The inputs of a task, as its driver resolves them."""
        given = {"parameters": {}, "artifacts": {}}
        for name, spec in task.get("inputs", {}).get("parameters", {}).items():
            if "runtimeValue" in spec:
                value = spec["runtimeValue"]["constant"]
                if value == "{{$.pipeline_job_uuid}}":
                    value = self.id
                elif value in ("{{$.pipeline_job_schedule_time_utc}}", "{{$.pipeline_job_create_time_utc}}"):
                    value = self.moment
            elif "taskOutputParameter" in spec:
                from_task = spec["taskOutputParameter"]
                value = outputs[from_task["producerTask"]]["parameters"].get(from_task["outputParameterKey"])
            else:
                value = inputs["parameters"].get(spec["componentInputParameter"])
            selector = spec.get("parameterExpressionSelector")
            if selector:
                field = re.fullmatch(r'parseJson\(string_value\)\["(\w+)"\]', selector)[1]
                value = value[field]
            if value is None and "taskOutputParameter" in spec:
                print(f"input {name} of a task has no value", file=sys.stderr)
                raise Failed
            given["parameters"][name] = value
        for name, spec in task.get("inputs", {}).get("artifacts", {}).items():
            if "taskOutputArtifact" in spec:
                from_task = spec["taskOutputArtifact"]
                found = outputs[from_task["producerTask"]]["artifacts"].get(from_task["outputArtifactKey"])
            else:
                found = inputs["artifacts"].get(spec["componentInputArtifact"])
            if found is None:
                print(f"input artifact {name} of a task is missing", file=sys.stderr)
                raise Failed
            given["artifacts"][name] = found
        return given

    def task(self, name, task, inputs, outputs, path):
        """Runs a task, each element of its loop; its outputs."""
        given = self.inputs_of(task, inputs, outputs)
        component = self.components[task["componentRef"]["name"]]
        condition = task.get("triggerPolicy", {}).get("condition")
        if condition:
            parser = Condition(condition, given["parameters"])
            holds = parser.any()
            assert not parser.tokens, condition
            if not holds:
                raise Skipped
        iterator = task.get("parameterIterator")
        if not iterator:
            return self.component(task, component, given, path + [name])
        items = iterator["items"]
        elements = json.loads(items["raw"], parse_int=float) if "raw" in items else given["parameters"][items["inputParameter"]]
        limit = task.get("iteratorPolicy", {}).get("parallelismLimit") or max(1, len(elements))
        stop = threading.Event()

        def one(index, element):
            if stop.is_set():
                raise Failed
            own = {"parameters": {**given["parameters"], iterator["itemInput"]: element}, "artifacts": given["artifacts"]}
            try:
                position = int(element["index"]) if isinstance(element, dict) and "index" in element else index
                return self.component(task, component, own, path + [name, position])
            except Failed:
                stop.set()
                raise

        with concurrent.futures.ThreadPoolExecutor(max_workers=limit) as pool:
            futures = [pool.submit(one, index, element) for index, element in enumerate(elements)]
        each = [future.result() for future in futures]
        definitions = component.get("outputDefinitions", {})
        return {
            kind: {key: [one[kind].get(key) for one in each] for key in definitions.get(kind, {})}
            for kind in ("parameters", "artifacts")
        }

    def component(self, task, component, given, path):
        """Runs a component, as often as its retry policy says; its outputs."""
        declared = component.get("inputDefinitions", {}).get("parameters", {})
        missing = [name for name in declared if given["parameters"].get(name) is None]
        if missing:
            raise ValueError(f"{path}: no value for {missing}")
        if "dag" in component:
            return self.dag(component, given, path)
        policy = task.get("retryPolicy", {})
        wait = float(policy.get("backoffDuration", "0s")[:-1])
        for attempt in range(policy.get("maxRetryCount", 0) + 1):
            if attempt:
                time.sleep(min(wait, float(policy.get("backoffMaxDuration", "3600s")[:-1])))
                wait *= policy.get("backoffFactor", 2.0)
            outputs = self.container(task, component, given, path, attempt, bool(policy))
            if outputs is not None:
                return outputs
        raise Failed

    def container(self, task, component, given, path, attempt, retried):
        """One attempt; nothing when it has failed."""
        if time.monotonic() > self.cut:
            raise Failed
        label = component["executorLabel"]
        spec = self.executors[label]["container"]
        with self.lock:
            self.count += 1
            folder = os.path.join(self.root, f"{self.count}-{task['taskInfo']['name'].replace('/', '_')}")
        definitions = component.get("outputDefinitions", {})
        files = {name: os.path.join(folder, "parameters", name) for name in definitions.get("parameters", {})}
        places = {name: os.path.join(folder, "artifacts", name) for name in definitions.get("artifacts", {})}
        executor_input = {
            "inputs": {
                "parameterValues": given["parameters"],
                "artifacts": {
                    name: {"artifacts": [{"uri": uri} for uri in (uris if isinstance(uris, list) else [uris])]}
                    for name, uris in given["artifacts"].items()
                },
            }
        }
        replaced = {"{{$}}": json_of(executor_input)}
        for name, value in given["parameters"].items():
            replaced[f"{{{{$.inputs.parameters['{name}']}}}}"] = text_of(value)
        for name, uri in given["artifacts"].items():
            replaced[f"{{{{$.inputs.artifacts['{name}'].path}}}}"] = uri[0] if isinstance(uri, list) else uri
        for name, file in files.items():
            replaced[f"{{{{$.outputs.parameters['{name}'].output_file}}}}"] = file
        for name, place in places.items():
            replaced[f"{{{{$.outputs.artifacts['{name}'].path}}}}"] = place
        environment = {**os.environ, **self.environment}
        for secret in self.platform.get(label, {}).get("secretAsEnv", []):
            for key in secret["keyToEnv"]:
                environment[key["envVar"]] = self.secrets[key["secretKey"]]
        for field in self.platform.get(label, {}).get("fieldPathAsEnv", []):
            environment[field["name"]] = {"metadata.labels['pipeline/runid']": self.id}[field["fieldPath"]]
        words = [self.filled(word, replaced, environment) for word in spec.get("command", []) + spec.get("args", [])]
        if retried:
            environment["KFP_RETRY_INDEX"] = str(attempt)
        os.makedirs(folder)
        began = time.time()
        process = subprocess.Popen(
            words,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=max(0.1, min(self.deadline, self.cut) - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            self.late = time.monotonic() < self.cut
        log = said.decode("utf-8", "replace")
        outputs = {"parameters": {}, "artifacts": {}}
        error = None if process.returncode == 0 else f"exit code {process.returncode}"
        if error is None:
            for name, file in files.items():
                kind = definitions["parameters"][name]["parameterType"]
                try:
                    with open(file, encoding="utf-8", newline="") as opened:
                        outputs["parameters"][name] = read_output(opened.read(), kind)
                except (OSError, ValueError, KeyError) as problem:
                    error = f"output {name}: {problem}"
            for name, place in places.items():
                if os.path.exists(place):
                    outputs["artifacts"][name] = place
                else:
                    error = f"there is no artifact {name}"
        with self.lock:
            self.trace.append(
                {
                    "path": path,
                    "title": task["taskInfo"]["name"],
                    "label": label,
                    "attempt": attempt,
                    "began": began,
                    "ended": time.time(),
                    "error": error,
                    "log": log + (f"\n{error}" if error else ""),
                    "outputs": outputs["parameters"],
                }
            )
        return outputs if error is None else None

    def filled(self, word, replaced, environment):
        """Kubernetes' and then the launcher's part of an argument."""
        word = re.sub(
            r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)",
            lambda m: "$" if m[0] == "$$" else environment.get(m[1], m[0]),
            word,
        )
        for placeholder, value in replaced.items():
            word = word.replace(placeholder, value)
        if "{{$." in word and re.search(r"\{\{\$\.(inputs|outputs)\.\w+\['\w+'\]", word):
            raise ValueError(f"a placeholder is left: {word!r}")
        return word


def run(job):
    """Runs a job; its state and trace."""
    pipeline, platform = load(job["file"])
    with tempfile.TemporaryDirectory() as root:
        one = Run(
            pipeline,
            platform,
            root,
            job.get("secrets", {}),
            job.get("env", {}),
            job.get("date") or "2026-01-31T06:30:00Z",
            job.get("timeout", 180),
        )
        try:
            state, error = one.run(job.get("parameters", {})), None
        except Exception as problem:  # what the interpreter does not understand is a finding
            state, error = None, f"{type(problem).__name__}: {problem}"
    if one.late:
        error = "the run took too long"
    return {"name": job["name"], "run": state, "error": error, "containers": one.trace, "idle": one.idle}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", help="a JSON file with a list of jobs")
    parser.add_argument("--at-once", type=int, default=2)
    options = parser.parse_args()
    with open(options.jobs, encoding="utf-8") as file:
        jobs = json.load(file)
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.at_once) as pool:
        print(json.dumps(list(pool.map(run, jobs))))


if __name__ == "__main__":
    main()
