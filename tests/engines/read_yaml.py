"""Read documents of YAML with PyYAML, its pure reader and libyaml's.

    python read_yaml.py DOCUMENTS.json

DOCUMENTS.json is a list of texts. The answer is a JSON object: reader to a list, in the
same order, of {"value": …} or {"error": "…"}.
"""

import json
import sys
from pathlib import Path

import yaml


def read(text, loader):
    try:
        value = yaml.load(text, Loader=loader)
        json.dumps(value)
        return {"value": value}
    except (yaml.YAMLError, TypeError, ValueError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    documents = json.loads(Path(sys.argv[1]).read_text())
    loaders = {"PyYAML": yaml.SafeLoader, "PyYAML with libyaml": yaml.CSafeLoader}
    answers = {
        name: [read(text, loader) for text in documents]
        for name, loader in loaders.items()
    }
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
