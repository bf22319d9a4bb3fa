"""Deploy a folder with a prefect.yaml to a server, and have a worker run the deployment once.

    python deploy_flow.py FOLDER --home MIGRATED_HOME --work FOLDER

Prints JSON: {"deployment": as the server shows it, "limits": the global concurrency limits by name, "run": the
state of the run that the worker made, "seen": what its task put out}.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import run_flows
from run_flows import request


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    options = arguments.parse_args()
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    shutil.copytree(options.home, work / "home")
    os.environ.update(run_flows.SETTINGS)
    os.environ["PREFECT_HOME"] = str(work / "home")
    os.environ["FLOW_STORE"] = str(work / "store")
    server, url = run_flows.start_server(work)
    os.environ["PREFECT_API_URL"] = url
    try:
        answer = deployed(options.folder, work)
    finally:
        run_flows.stop_server(server)
    print(json.dumps(answer))


def deployed(folder, work):
    text = next(folder.glob("*.py")).read_text()
    for name in sorted(set(re.findall(r' concurrency\("([^"]+)"', text))):
        prefect(work, folder, "gcl", "create", name, "--limit", "1")
    prefect(work, folder, "work-pool", "create", "default", "--type", "process")
    try:
        prefect(work, folder, "--no-prompt", "deploy", "--all")
    except subprocess.CalledProcessError:
        # Once it has deployed, this version looks for workers in a way that its own server refuses.
        said = (work / "commands.log").read_text()
        if "successfully created" not in said or "/workers/filter" not in said:
            raise
    (deployment,) = request("POST", "/deployments/filter", {})
    limits = request("POST", "/v2/concurrency_limits/filter", {})
    run = request("POST", f"/deployments/{deployment['id']}/create_flow_run", {})
    worker = ["worker", "start", "--pool", "default", "--run-once"]
    prefect(work, folder, *worker)
    for _ in range(150):
        run = request("GET", f"/flow_runs/{run['id']}")
        if run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            break
        time.sleep(0.2)
    return {
        "deployment": deployment,
        "limits": {limit["name"]: limit["limit"] for limit in limits},
        "run": run["state"],
        "seen": [path.read_text() for path in (work / "store").glob("*/*/1/seen")],
    }


def prefect(work, folder, *arguments):
    """A command of Prefect; what it says goes to a file."""
    with open(work / "commands.log", "a") as log:
        print("$ prefect", *arguments, file=log, flush=True)
        command = [sys.executable, "-m", "prefect", *arguments]
        subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)


if __name__ == "__main__":
    main()
