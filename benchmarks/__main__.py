"""`make bench`: measure, print a table, write `benchmarks/results.json`.

python -m benchmarks [--packs N] [--few N] [--rounds N] [--repeats N] [--work FOLDER] [--out FILE]
"""

import argparse
import json
import tempfile
from contextlib import nullcontext
from pathlib import Path

from benchmarks import packs
from benchmarks.harness import table

HERE = Path(__file__).parent


def main() -> None:
    """Every family, one after the other."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="What the registry costs, beside yardsticks.")
    parser.add_argument("--packs", type=int, default=2844, help="counties with a pack; China has 2,844")
    parser.add_argument("--few", type=int, default=10, help="counties of the yardstick")
    parser.add_argument("--rounds", type=int, default=11, help="processes of each kind, alternating")
    parser.add_argument("--repeats", type=int, default=10, help="requests of each page in one process")
    parser.add_argument("--work", type=Path, help="keep what is made here, and take what is here already")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    asked = parser.parse_args()
    with nullcontext(asked.work) if asked.work else tempfile.TemporaryDirectory(prefix="bench-") as work:
        rows = packs.rows(Path(work), many=asked.packs, few=asked.few, rounds=asked.rounds, repeats=asked.repeats)
    print(table(rows))
    asked.out.write_text(json.dumps([r.to_json() for r in rows], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
