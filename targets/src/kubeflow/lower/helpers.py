def parameter(word, kind):
    """A parameter as Kubeflow writes it into an argument; its numbers are all doubles."""
    value = settled(word if kind == "string" else json.loads(word), kind)
    if not is_of_type(value, kind):
        raise TypeError(f"{value!r} is not of type {kind}")
    return value


def settled(value, kind):
    """The value with whole numbers as integers, unless its type says otherwise."""
    if isinstance(value, list):
        kind = kind[5:-1] if kind.startswith("list<") else "any"
        return [settled(element, kind) for element in value]
    if isinstance(value, dict):
        return {key: settled(element, "any") for key, element in value.items()}
    if isinstance(value, float) and kind != "number" and value.is_integer():
        return int(value)
    return float(value) if type(value) is int and kind == "number" else value


def deliver(path, value):
    """Writes an output where Kubeflow looks for it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text(value))


def place(uri):
    """Where an artifact of the object store lies in this container."""
    for scheme, folder in {"gs://": "/gcs/", "s3://": "/s3/", "minio://": "/minio/"}.items():
        if uri.startswith(scheme):
            return folder + uri[len(scheme) :]
    return uri


def collect(artifacts, folder, names):
    """One entry in the folder for each artifact that there is."""
    os.makedirs(folder, exist_ok=True)
    for name, artifact in zip(names, artifacts):
        source = place(artifact["uri"])
        if name is not None and os.path.isdir(source):
            shutil.copytree(source, f"{folder}/{name}")
        elif name is not None:
            shutil.copyfile(source, f"{folder}/{name}")
