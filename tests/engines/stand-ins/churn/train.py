"""Counts the tables and says how good the model is."""

import os
import sys
from pathlib import Path

_, tables_flag, tables, auc_flag, auc = sys.argv
assert (tables_flag, auc_flag) == ("--tables", "--auc-to"), sys.argv
texts = [path.read_text() for path in sorted(Path(tables).iterdir())]
assert all(text.startswith("table of rows of ") for text in texts), texts
Path(auc).write_text(os.environ["STAND_IN_AUC"] + "\n")
(Path(os.environ["FLOW_OUTPUTS"]) / "model").write_text(f"model of {len(texts)} tables")
