"""How long flow files take to load: in a process of its own, as a worker does it, and alone once Prefect is there.

    python load_time.py FILE...

Prints JSON: {"process": the least processor time for each file, "alone": the same without Prefect}.
"""

import importlib.util
import json
import subprocess
import sys
import time

PROCESSES = 2
ROUNDS = 9


def load(file):
    spec = importlib.util.spec_from_file_location("flow_file", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    start = time.process_time()
    spec.loader.exec_module(module)
    return time.process_time() - start


def in_a_process(file):
    command = [sys.executable, __file__, "--only", file]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def best(measure, files, rounds):
    """Each in turn, so that a busy moment meets all."""
    return [min(times) for times in zip(*([measure(f) for f in files] for _ in range(rounds)))]


def main():
    sys.dont_write_bytecode = True
    if sys.argv[1] == "--only":
        load(sys.argv[2])
        print(time.process_time())
        return
    files = sys.argv[1:]
    process = best(in_a_process, files, PROCESSES)
    for file in files:
        load(file)  # now all that they import is there
    print(json.dumps({"process": process, "alone": best(load, files, ROUNDS)}))


if __name__ == "__main__":
    main()
