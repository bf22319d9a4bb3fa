"""The part of Kubernetes' API that a flow asks for its Jobs, for want of a cluster.

A manifest is read as strictly as an API server does, by the models of Kubernetes' own client: a field that it
does not know is an error. The container of its one pod is a process of this machine with nothing but the
variables of the manifest; `$(NAME)` and `$$` are read as the kubelet reads them. What the image would bring,
where the pod would run and its resources are not looked at.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Cluster:
    """Its Jobs, by namespace and name."""

    def __init__(self, folder):
        self.jobs = {}
        self.folder = folder
        self.claims = set()
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, body, code=200):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(code)
                kind = "text/plain" if isinstance(body, bytes) else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def refuse(self, why, code):
                self.answer({"kind": "Status", "status": "Failure", "message": why}, code)

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                manifest = json.loads(self.rfile.read(length))
                try:
                    job = cluster.start(self.path.split("/")[5], manifest)
                except ValueError as error:
                    self.refuse(str(error), 422)
                else:
                    self.answer(job.seen(), 201)

            def do_DELETE(self):
                parts = urlsplit(self.path).path.split("/")
                cluster.jobs.pop((parts[5], parts[7]), None)
                self.answer({"kind": "Status", "status": "Success"})

            def do_GET(self):
                url = urlsplit(self.path)
                parts = url.path.split("/")
                if parts[1] == "apis":
                    job = cluster.jobs.get((parts[5], parts[7]))
                    return self.answer(job.seen()) if job else self.refuse("no Job", 404)
                jobs = [job for (space, _), job in cluster.jobs.items() if space == parts[4]]
                if len(parts) == 6:
                    key, _, wanted = parse_qs(url.query)["labelSelector"][0].partition("=")
                    jobs = [job for job in jobs if job.labels()[key] == wanted]
                    pods = [pod for job in jobs for pod in job.pods()]
                    return self.answer({"kind": "PodList", "apiVersion": "v1", "items": pods})
                job = next(job for job in jobs if job.pod_name() == parts[6])
                job.thread.join()
                self.answer(job.log.read_bytes())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start(self, namespace, manifest):
        from kubernetes_asyncio.client import models

        check(models, "V1Job", manifest, "job")
        job = Job(namespace, manifest, self.folder)
        self.jobs[namespace, job.name] = job
        volumes = manifest["spec"]["template"]["spec"]["volumes"]
        self.claims.update(v["persistentVolumeClaim"]["claimName"] for v in volumes)
        job.thread.start()
        return job

    def config(self):
        """The file that tells a client where the cluster is."""
        port = self.server.server_address[1]
        context = {"name": "stand-in", "context": {"cluster": "stand-in", "user": "nobody"}}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stand-in",
            "clusters": [
                {"name": "stand-in", "cluster": {"server": f"http://127.0.0.1:{port}"}}
            ],
            "users": [{"name": "nobody", "user": {}}],
            "contexts": [context],
        }
        path = self.folder / "kubeconfig.json"
        path.write_text(json.dumps(config))
        return path


class Job:
    """A Job and its one pod."""

    def __init__(self, namespace, manifest, folder):
        self.namespace = namespace
        self.manifest = manifest
        self.name = manifest["metadata"]["name"]
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", self.name):
            raise ValueError(f"{self.name} is no name")
        self.spec = manifest["spec"]
        pod = self.spec["template"]["spec"]
        if pod["restartPolicy"] != "Never" or self.spec["backoffLimit"] != 0:
            raise ValueError("it would try again by itself")
        (self.container,) = pod["containers"]
        mounts = {mount["name"] for mount in self.container["volumeMounts"]}
        if mounts != {volume["name"] for volume in pod["volumes"]}:
            raise ValueError("mounts and volumes differ")
        self.code = None
        self.late = False
        self.log = Path(tempfile.mkstemp(dir=folder)[1])
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        given = self.container["env"]
        env = {}
        for variable in given:
            env[variable["name"]] = expanded(variable["value"], env)
        command = [expanded(word, env) for word in self.container["command"]]
        with open(self.log, "wb") as log:
            try:
                process = subprocess.Popen(
                    command,
                    env={"PATH": os.environ["PATH"]} | env,
                    cwd=self.container.get("workingDir", "/"),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError:
                self.code = 128
                return
        try:
            self.code = process.wait(self.spec.get("activeDeadlineSeconds"))
        except subprocess.TimeoutExpired:
            self.late = True
            os.killpg(process.pid, signal.SIGKILL)
            self.code = process.wait()

    def pod_name(self):
        return f"{self.name}-pod"

    def labels(self):
        return {"job-name": self.name, "controller-uid": f"uid-of-{self.name}"}

    def seen(self):
        """The Job as the API shows it."""
        job = json.loads(json.dumps(self.manifest))
        labels = job["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {})
        labels.update(self.labels())
        job["metadata"]["namespace"] = self.namespace
        job["status"] = {"active": 1}
        if not self.thread.is_alive() and self.code is not None:
            condition = {"type": "Complete", "status": "True"}
            if self.code != 0:
                reason = "DeadlineExceeded" if self.late else "BackoffLimitExceeded"
                condition = {"type": "Failed", "status": "True", "reason": reason}
            job["status"] = {"conditions": [condition], "succeeded": int(self.code == 0)}
        return job

    def pods(self):
        """The pods that there are of it; one that was late is taken away."""
        if self.late:
            return []
        state = {"running": {}}
        phase = "Running"
        if self.code is not None:
            state = {"terminated": {"exitCode": self.code % 256}}
            phase = "Failed" if self.code else "Succeeded"
        status = {"name": "main", "image": "", "imageID": "", "ready": False}
        status |= {"restartCount": 0, "state": state}
        return [
            {
                "metadata": {"name": self.pod_name(), "labels": self.labels()},
                "spec": {"containers": [{"name": "main"}]},
                "status": {"phase": phase, "containerStatuses": [status]},
            }
        ]


def expanded(text, env):
    """The text of a manifest as the kubelet gives it to a process."""

    def one(found):
        name = found[1]
        return "$" if name is None else env.get(name, found[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", one, text)


def check(models, kind, value, place):
    """Read a value as a type of the API; a field that it has not is an error."""
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            raise ValueError(f"{place} is no list")
        for index, element in enumerate(value):
            check(models, found[1], element, f"{place}[{index}]")
    elif found := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            raise ValueError(f"{place} is no mapping")
        for key, element in value.items():
            check(models, found[1], element, f"{place}.{key}")
    elif model := getattr(models, kind, None):
        if not isinstance(value, dict):
            raise ValueError(f"{place} is no mapping")
        names = {json_name: name for name, json_name in model.attribute_map.items()}
        for key, element in value.items():
            if key not in names:
                raise ValueError(f"{place} has no field {key}")
            check(models, model.openapi_types[names[key]], element, f"{place}.{key}")
    elif kind in ("str", "int", "bool") and type(value).__name__ != kind:
        raise ValueError(f"{place} is of type {type(value).__name__}, not {kind}")


def main(folder):
    """Stand in for a cluster until this process ends; says where it is."""
    cluster = Cluster(Path(folder))
    print(cluster.config(), flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
