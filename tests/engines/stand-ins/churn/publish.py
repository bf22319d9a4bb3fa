"""Says what it would publish."""

import os
import sys
from pathlib import Path

token = os.environ["TOKEN"]
model = Path(sys.argv[1]).read_text()
print(f"published {model} with a token of {len(token)} characters")
