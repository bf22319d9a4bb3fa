"""Write the graph as a flow of Metaflow, as a person would.

    python metaflow_flow.py GRAPH FLOW.py

GRAPH is JSON: {"name": text, "upstream": for each task the numbers of those it waits for}. Metaflow has
splits and joins that are nested. A graph in which a task waits for several that do not come from one split is
refused with exit code 3.
"""

import json
import sys
from pathlib import Path


def main():
    graph = json.loads(Path(sys.argv[1]).read_text())
    upstream = graph["upstream"]
    downstream = [[] for _ in upstream]
    for task, before in enumerate(upstream):
        for other in before:
            downstream[other].append(task)
    first = [task for task, before in enumerate(upstream) if not before]
    last = [task for task, after in enumerate(downstream) if not after]
    if not is_nested(upstream, downstream) or len(last) > 1:
        raise SystemExit(3)
    lines = [
        "import subprocess",
        "",
        "from metaflow import FlowSpec, Parameter, retry, step, timeout",
        "",
        "",
        "class Flow(FlowSpec):",
        '    region = Parameter("region", default="north")',
        "",
        "    @step",
        "    def start(self):",
        "        self.next(" + ", ".join(f"self.task_{task:05}" for task in first) + ")",
    ]
    for task, before in enumerate(upstream):
        after = ", ".join(f"self.task_{other:05}" for other in downstream[task])
        lines += [
            "",
            *(["    @retry(times=2)"] if task % 10 == 0 else []),
            "    @timeout(minutes=30)",
            "    @step",
            f"    def task_{task:05}(self{', inputs' if len(before) > 1 else ''}):",
            f"        subprocess.run(['sh', '-c', 'wc -l < north/{task}'], check=True)",
            f"        self.next({after or 'self.end'})",
        ]
    lines += ["", "    @step", "    def end(self):", "        pass"]
    lines += ["", "", 'if __name__ == "__main__":', "    Flow()", ""]
    Path(sys.argv[2]).write_text("\n".join(lines))


def is_nested(upstream, downstream):
    """Whether each join is of all branches of one split, each branch one task: what the shapes here have."""
    first = [task for task, before in enumerate(upstream) if not before]
    for before in upstream:
        if len(before) < 2:
            continue
        splits = {tuple(upstream[other]) for other in before}
        if len(splits) != 1:
            return False
        (split,) = splits
        siblings = first if not split else downstream[split[0]]
        if len(split) > 1 or sorted(siblings) != sorted(before):
            return False
        if any(len(downstream[other]) > 1 for other in before):
            return False
    return True


if __name__ == "__main__":
    main()
