"""A table of notebooks and their run times, from the JUnit file of an nbval run: `notebook_times.py _build/nbval.xml`.

Over 90 s a notebook is marked; over 300 s the exit code is 1.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

MARKED_SECONDS = 90
FAILED_SECONDS = 300


def times(report: Path) -> dict[str, tuple[int, float, int]]:
    """For each notebook: cells run, seconds, and cells that failed, slowest notebook first."""
    totals: dict[str, list] = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = case.get("classname", "").removeprefix("tests.notebooks.").removesuffix(".ipynb").replace(".", "/")
        total = totals.setdefault(name, [0, 0.0, 0])
        total[0] += 1
        total[1] += float(case.get("time", 0))
        total[2] += any(child.tag in ("failure", "error") for child in case)
    return {name: tuple(total) for name, total in sorted(totals.items(), key=lambda item: -item[1][1])}


def table(rows: dict[str, tuple[int, float, int]]) -> str:
    """The table as text, with a last line of sums."""
    width = max(map(len, [*rows, "notebook"]))
    lines = [f"{'notebook':<{width}}  cells  seconds"]
    for name, (cells, seconds, failed) in rows.items():
        mark = f"  {failed} failed" if failed else ""
        if seconds > FAILED_SECONDS:
            mark += f"  too slow: over {FAILED_SECONDS} s"
        elif seconds > MARKED_SECONDS:
            mark += f"  slow: over {MARKED_SECONDS} s"
        lines.append(f"{name:<{width}}  {cells:5d}  {seconds:7.1f}{mark}")
    cells, seconds = sum(row[0] for row in rows.values()), sum(row[1] for row in rows.values())
    lines.append(f"{'all':<{width}}  {cells:5d}  {seconds:7.1f}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Exit code: 0, or 1 if a notebook is too slow or there is no report."""
    report = Path(arguments[0])
    if not report.is_file():
        print(f"{report}: no such report; the notebooks did not run", file=sys.stderr)
        return 1
    rows = times(report)
    print(table(rows))
    return 1 if any(seconds > FAILED_SECONDS for _, seconds, _ in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
