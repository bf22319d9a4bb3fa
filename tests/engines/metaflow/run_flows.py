"""Run flow files on the Metaflow of this interpreter and write down what happened.

    python run_flows.py QUESTIONS.json ANSWERS.json --work FOLDER [--jobs N]

QUESTIONS.json is a list of objects:

    name        unique, also the name of the run's folder below --work
    file        the flow file
    parameters  name -> value
    env         more of the environment
    date        when the run is due, in ISO form, or null
    timeout     seconds

In `parameters`, `env` and `file`, the text `{case}` becomes the run's own folder.

ANSWERS.json is a list in the same order, read with Metaflow's own client:

    name, log (the path of what the run said)
    end     succeeded, failed, refused, or what went wrong
    tasks   a list of {path, positions, state, attempts, spans, outputs}

A run is `python FILE run` with the local runtime and datastore, and each step a process as always; but all
are forked from one that has imported Metaflow already, which saves most of their time.
"""

import argparse
import ast
import gc
import inspect
import json
import os
import re
import shutil
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

USAGE_ERROR = 2


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("questions", type=Path)
    arguments.add_argument("answers", type=Path)
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--jobs", type=int, default=3)
    options = arguments.parse_args()

    questions = json.loads(options.questions.read_text())
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.environ |= {
        "METAFLOW_HOME": str(work / "home"),
        "METAFLOW_USER": "tests",
        "METAFLOW_DEFAULT_DATASTORE": "local",
        "METAFLOW_DEFAULT_METADATA": "local",
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(work / "datastore"),
        "METAFLOW_CARD_NO_WARNING": "1",
    }
    import_metaflow()
    codes = run_all(questions, work, options.jobs)
    answers = [answer(question, codes[question["name"]], work) for question in questions]
    options.answers.write_text(json.dumps(answers, indent=1, ensure_ascii=False))


def import_metaflow():
    """All that a run or a step needs, before the processes are forked."""
    import metaflow.cli
    import metaflow.client
    import metaflow.metaflow_git
    import metaflow.runtime
    import metaflow.task  # noqa: F401
    from metaflow import plugins

    for name in ("DATASTORES", "STEP_DECORATORS", "FLOW_DECORATORS", "METADATA_PROVIDERS"):
        getattr(plugins, name, None)
    # A step asks git five times about the folder that it is in. There is nothing to know.
    metaflow.metaflow_git._git_info_cache = {}
    # Reading the source of a function compiles Python's own patterns first.
    inspect.getsource(import_metaflow)
    # What is there by now is never collected, so that no process copies it for that.
    gc.freeze()


def run_all(questions, work, jobs):
    """Run some at a time; the exit code of each, or None when it had to be ended."""
    waiting = list(reversed(questions))
    running, codes = {}, {}
    while waiting or running:
        while waiting and len(running) < jobs:
            question = waiting.pop()
            running[start(question, work)] = (question, time.monotonic())
        for process, (question, began) in list(running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if not ended and time.monotonic() - began > question["timeout"]:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
                ended, status = process, None
            if ended:
                del running[process]
                code = None if status is None else os.waitstatus_to_exitcode(status)
                codes[question["name"]] = code
        time.sleep(0.02)
    return codes


def start(question, work):
    """Fork the process of a run; its id."""
    folder = work / question["name"]
    folder.mkdir(parents=True)
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    os.setsid()
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)

    def own(value):
        return json.loads(json.dumps(value).replace("{case}", str(folder)))

    os.environ.update(own(question["env"]))
    os.environ["FLOW_STORE"] = str(folder / "store")
    os.environ["HOME"] = str(folder)
    os.chdir(folder)
    os.environ["METAFLOW_RUN_RUN_ID_FILE"] = str(folder / "run-id.txt")
    steps = StepServer()
    import metaflow.runtime

    metaflow.runtime.subprocess = Subprocess(metaflow.runtime.subprocess, steps)
    file = own(question["file"])
    become([file, "run", *parameters(file, own(question))])


def parameters(file, question):
    """The options for the parameters, under the names that the file gives them."""
    source = Path(file).read_text()

    def declared(name):
        return re.search(rf'Parameter\(\s*"{name}"', source)

    options = []
    for name, value in question["parameters"].items():
        name = name if declared(name) else f"{name}_parameter"
        # A text is given as it is where a text is wanted, and else as what it is in JSON.
        plain = isinstance(value, str) and re.search(rf'"{name}",\s*type=str', source)
        text = value if plain else json.dumps(value, ensure_ascii=False)
        options.append(f"--{name}={text}")
    if question["date"] and declared("flowc_scheduled_at"):
        options.append(f"--flowc_scheduled_at={question['date']}")
    return options


def become(arguments):
    """Be the process `python FILE …`."""
    code = 1
    try:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
        # Metaflow keeps classes in the module `__main__`, so that stays the one it knows.
        module = sys.modules["__main__"]
        module.__file__ = sys.argv[0]
        source = Path(sys.argv[0]).read_text()
        exec(compile(source, sys.argv[0], "exec"), module.__dict__)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class StepServer:
    """A process that has imported Metaflow and done nothing else. It forks one for each step."""

    def __init__(self):
        self.socket, other = socket.socketpair()
        if not os.fork():
            self.socket.close()
            self.serve(other)
        other.close()

    def serve(self, requests):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.settimeout(0.02)
        running = {}
        while True:
            try:
                message, files, _, _ = socket.recv_fds(requests, 2**20, 4)
                if not message:
                    os._exit(0)
                size = int.from_bytes(message[:4])
                text = message[4:]
                requests.settimeout(None)
                while len(text) < size:
                    text += requests.recv(size - len(text))
                requests.settimeout(0.02)
                process = os.fork()
                if not process:
                    requests.close()
                    self.step(json.loads(text), files)
                requests.sendall(process.to_bytes(4))
                running[process] = files[2]
                os.close(files[0])
                os.close(files[1])
            except TimeoutError:
                pass
            for process, ended in list(running.items()):
                if os.waitpid(process, os.WNOHANG) == (0, 0):
                    continue
                os.close(ended)
                del running[process]

    def step(self, request, files):
        """Be a step."""
        out, errors, ended = files
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(errors, 2)
        os.close(out)
        os.close(errors)
        os.environ.clear()
        os.environ.update(request["env"])
        child = os.fork()
        if not child:
            os.close(ended)
            command = request["command"]
            file = next(at for at, word in enumerate(command) if word.endswith(".py"))
            become(command[file:])
        os.close(1)
        os.close(2)
        _, status = os.waitpid(child, 0)
        os.write(ended, os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))
        os._exit(0)

    def start(self, command, env):
        """Its standard output and error, and a file that ends with the exit code."""
        pipes = [os.pipe() for _ in range(3)]
        text = json.dumps({"command": command, "env": env}).encode()
        socket.send_fds(self.socket, [len(text).to_bytes(4)], [write for _, write in pipes])
        self.socket.sendall(text)
        process = int.from_bytes(self.socket.recv(4))
        for _, write in pipes:
            os.close(write)
        return process, [read for read, _ in pipes]


class Subprocess:
    """The module `subprocess` for Metaflow's runtime, in which a step starts faster."""

    def __init__(self, module, steps):
        self.module = module
        self.steps = steps

    def __getattr__(self, name):
        return getattr(self.module, name)

    def Popen(self, command, env, **_):  # noqa: N802
        return Step(*self.steps.start(command, env))


class Step:
    """What Metaflow's runtime asks of the process of a step."""

    def __init__(self, pid, files):
        self.pid = pid
        self.stdin = None
        self.stdout = os.fdopen(files[0], "rb")
        self.stderr = os.fdopen(files[1], "rb")
        self.ended = files[2]
        self.returncode = None

    def poll(self):
        if self.returncode is None:
            os.set_blocking(self.ended, False)
            self.read()
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None:
            os.set_blocking(self.ended, True)
            self.read()
        return self.returncode

    def read(self):
        try:
            code = os.read(self.ended, 4)
        except BlockingIOError:
            return
        self.returncode = int.from_bytes(code, signed=True) if code else -signal.SIGKILL

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    terminate = kill


def answer(question, code, work):
    """What Metaflow's own records say of a run."""
    from metaflow import Run, namespace

    namespace(None)
    folder = work / question["name"]
    found = {"name": question["name"], "log": str(folder / "log.txt"), "tasks": []}
    if code is None:
        return found | {"end": f"not finished after {question['timeout']} s"}
    run_id = folder / "run-id.txt"
    if not run_id.exists():
        refused = code == USAGE_ERROR
        return found | {"end": "refused" if refused else f"exit code {code} before the run"}
    file = question["file"].replace("{case}", str(folder))
    name, steps = read_file(Path(file))
    run = Run(f"{name}/{run_id.read_text().strip()}")
    ran = {step.id: list(step) for step in run}
    if code and set(ran) <= {"start", "_parameters"}:
        return found | {"end": "refused"}
    for step, (path, within) in steps.items():
        for task in ran.get(step, []):
            found["tasks"] += outcome(task, path, within)
    # A run that a step has ended by force has no last step.
    if code and "end" not in ran:
        return found | {"end": "the run was ended before its last step"}
    return found | {"end": "failed" if code else "succeeded"}


def read_file(file):
    """The class, and of each step that runs a task: the task, and the fan-outs around it."""
    tree = ast.parse(file.read_text())
    flow = [node for node in tree.body if isinstance(node, ast.ClassDef)][-1]
    steps = {}
    for step in flow.body:
        if not isinstance(step, ast.FunctionDef):
            continue
        for block in step.body:
            if not isinstance(block, ast.With) or not runs(block):
                continue
            call = block.items[0].context_expr
            words = {word.arg: word.value for word in call.keywords}
            within = ast.literal_eval(words["within"]) if "within" in words else []
            steps[step.name] = (call.args[1].value, within)
    return flow.name, steps


def runs(block):
    calls = [node.func for node in ast.walk(block) if isinstance(node, ast.Call)]
    return any(ast.unparse(call) in ("task.run", "task.wait") for call in calls)


def outcome(task, path, within):
    """What became of a task of the flow in one task of Metaflow."""
    data = {artifact.id: artifact for artifact in task}
    if "states" not in data:
        return []
    state = data["states"].data.get(path)
    items = data["items"].data if within else {}
    positions = [items[fan_out][0] for fan_out in within if fan_out in items]
    last = task.current_attempt
    spans = [span(task.pathspec, attempt, path) for attempt in range(last + 1)]
    ran = state in ("succeeded", "failed")
    return [
        {
            "path": path,
            "positions": positions,
            "state": state,
            "attempts": last + 1,
            "spans": [span for span in spans if span] if ran else [],
            "outputs": data["outputs"].data.get(path, {}) if state == "succeeded" else {},
        }
    ]


def span(pathspec, attempt, path):
    """When the process of an attempt began and ended, by the lines that the step has logged."""
    from metaflow import Task

    lines = list(Task(pathspec, attempt=attempt).loglines("stdout"))
    began = [at for at, line in lines if line.startswith(f"{path}: attempt ")]
    ended = [at for at, line in lines if line.startswith(f"{path}: ")]
    if not began:
        return None
    return [began[0].timestamp(), ended[-1].timestamp()]


if __name__ == "__main__":
    main()
