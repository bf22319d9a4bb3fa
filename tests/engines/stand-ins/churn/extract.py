"""Writes one file of rows per shard."""

import json
import os
import sys
from pathlib import Path

assert sys.argv[1:] == ["--sample", "1"], sys.argv
outputs = Path(os.environ["FLOW_OUTPUTS"])
shards = os.environ.get("STAND_IN_SHARDS", '["a", "b", "c"]')
(outputs / "shards").write_text(shards)
(outputs / "raw").mkdir()
for shard in json.loads(shards):
    (outputs / "raw" / shard).write_text(f"rows of {shard}\n")
