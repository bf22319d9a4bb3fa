"""Prints the table of one shard."""

import sys
from pathlib import Path

print("table of", Path(sys.argv[1]).read_text().strip())
