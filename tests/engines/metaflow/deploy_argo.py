"""Have Metaflow make the workflow templates that it would give to Argo, and print them.

    python deploy_argo.py WORK FILE...

Prints JSON: [{"file", "error" (absent when all is well), "template"}], the template without the fields that are null,
which an API server does not see either. No cluster is asked. Making a template puts the flow's code into a store;
here that is a server of this process, which keeps objects in memory and speaks as much of S3 as that takes.
"""

import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape


class Store(BaseHTTPRequestHandler):
    """Objects by bucket and key."""

    protocol_version = "HTTP/1.1"
    objects = {}

    def log_message(self, *_):
        pass

    def answer(self, code, body=b"", **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = unchunked(body)
        self.objects[urlsplit(self.path).path] = body
        self.answer(200, ETag='"x"')

    def do_GET(self):
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        if "list-type" in query:
            return self.list(url.path, query.get("prefix", [""])[0])
        body = self.objects.get(url.path)
        if body is None:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        self.answer(200, body, ETag='"x"', Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")

    do_HEAD = do_GET

    def list(self, bucket, prefix):
        start = f"{bucket.rstrip('/')}/{prefix}"
        keys = [key for key in self.objects if key.startswith(start)]
        items = "".join(
            f"<Contents><Key>{escape(key.split('/', 2)[2])}</Key>"
            f"<Size>{len(self.objects[key])}</Size></Contents>"
            for key in keys
        )
        self.answer(200, f"<ListBucketResult>{items}</ListBucketResult>".encode())


def unchunked(body):
    """The bytes of an upload that comes with a signature per part."""
    out = b""
    while body:
        head, _, rest = body.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if size == 0:
            break
        out += rest[:size]
        body = rest[size + 2 :]
    return out


def main():
    work = Path(sys.argv[1]).resolve()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    env = os.environ | {
        "HOME": str(work),
        "METAFLOW_HOME": str(work / "home"),
        "METAFLOW_USER": "tests",
        "METAFLOW_DEFAULT_METADATA": "local",
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(work),
        "METAFLOW_DATASTORE_SYSROOT_S3": "s3://store/flow",
        "METAFLOW_DATATOOLS_S3ROOT": "s3://store/data",
        "METAFLOW_S3_ENDPOINT_URL": address,
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with ThreadPoolExecutor(2) as pool:
        print(json.dumps(list(pool.map(lambda file: template(file, work, env), sys.argv[2:]))))


def template(file, work, env):
    command = [sys.executable, file, "--datastore", "s3", "argo-workflows", "create", "--only-json"]
    try:
        ended = subprocess.run(
            command, cwd=work, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )
    except subprocess.TimeoutExpired as error:
        return {"file": file, "error": f"not finished in time: {error.stderr or ''}"[-2000:]}
    found = re.search(r"^\{.*^\}", ended.stdout, re.DOTALL | re.MULTILINE)
    if ended.returncode or not found:
        return {"file": file, "error": (ended.stdout + ended.stderr)[-2000:]}
    return {"file": file, "template": without_nulls(json.loads(found[0]))}


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value


if __name__ == "__main__":
    main()
