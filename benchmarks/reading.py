"""A process that reads and validates the packs of a folder, one after the other, and says in seconds what it took.

python -m benchmarks.reading FOLDER
"""

import json
import sys
import time
from pathlib import Path

from registry.host.packs import read_pack
from registry.host.plugins import pack_folders


def main(folder: str) -> None:
    """Measure and print."""
    began = time.perf_counter()
    faults = [fault for pack in map(read_pack, pack_folders(Path(folder))) for fault in pack.faults]
    took = time.perf_counter() - began
    assert not faults, faults
    print(json.dumps({"seconds": took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
