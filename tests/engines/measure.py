"""Run a command several times and say what a whole process costs.

    python measure.py TIMES [--cpu-seconds N] COMMAND...

Prints JSON: {"cpu_ms": the least of user and system time, "wall_ms": the least,
"peak_mb": the most, "exit": the exit code of the last run, "stderr": its last lines}. The
command's standard output is thrown away. With `--cpu-seconds` a run that takes more is ended, and
exits with -24.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time


def main():
    times, command, limit = int(sys.argv[1]), sys.argv[2:], None
    if command[0] == "--cpu-seconds":
        limit, command = int(command[1]), command[2:]
    runs = [once(command, limit) for _ in range(times)]
    last = runs[-1]
    answer = {
        "cpu_ms": min(run["cpu_ms"] for run in runs),
        "wall_ms": min(run["wall_ms"] for run in runs),
        "peak_mb": max(run["peak_mb"] for run in runs),
        "exit": last["exit"],
        "stderr": last["stderr"],
    }
    print(json.dumps(answer))


def once(command, limit):
    def begin():
        if limit:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))

    with tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        # Not subprocess's own waiting: wait4 gives the use of this one child.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=begin,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace").splitlines()
    return {
        "cpu_ms": (used.ru_utime + used.ru_stime) * 1000,
        "wall_ms": wall * 1000,
        # Kilobytes on Linux, bytes on macOS.
        "peak_mb": used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3),
        "exit": process.returncode,
        "stderr": "\n".join(said[-5:]),
    }


if __name__ == "__main__":
    main()
