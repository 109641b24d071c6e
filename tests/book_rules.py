"""What every section of the book must have: each rule takes a section and yields one line for each thing that lacks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbformat import NotebookNode

CELL_LINES = 25
HEADINGS = ["In the textbook", "What goes wrong", "Exercises", "Summary"]
KINDS = ["predict", "modify", "extend"]
FENCE = re.compile(r"^(:{3,}|`{3,})\{(\w[\w-]*)\} ?(.*)$")


@dataclass(frozen=True)
class Section:
    """A notebook's source, the reference outputs recorded for it, and the book around it."""

    name: str
    text: str
    reference: NotebookNode | None = None
    cited_keys: frozenset[str] = frozenset()
    exercise_numbers: frozenset[str] = frozenset()
    listed: bool = True

    @cached_property
    def notebook(self) -> NotebookNode:
        """All cells."""
        return jupytext.reads(self.text, fmt="md:myst")

    @cached_property
    def code(self) -> list[NotebookNode]:
        """The code cells."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @cached_property
    def prose(self) -> str:
        """All Markdown cells, joined."""
        return "\n\n".join(cell.source for cell in self.notebook.cells if cell.cell_type == "markdown")

    @cached_property
    def front(self) -> dict:
        """The front matter."""
        return yaml.safe_load(self.text.split("\n---\n", 1)[0].removeprefix("---\n"))

    @cached_property
    def number(self) -> str:
        """The section's number, from its title."""
        match = re.search(r"^# (\d+(?:\.\d+)+)", self.prose, re.MULTILINE)
        return match.group(1) if match else "?"

    def admonitions(self, kind: str) -> list[str]:
        """The titles of the admonitions of a class, in order."""
        pattern = rf"^:{{3,}}\{{admonition\}} (.+)\n:class: (?:.* )?{kind}\b"
        return re.findall(pattern, self.prose, re.MULTILINE)


def problems(section: Section) -> list[str]:
    """Everything that a section lacks, each line beginning with its name."""
    return [f"{section.name}: {line}" for rule in RULES for line in rule(section)]


def title(section: Section) -> Iterator[str]:
    match = re.search(r"^# (\d+(?:\.\d+)+) .+（[^）]*[一-鿿][^）]*）$", section.prose, re.MULTILINE)
    if not match:
        yield "the title is not of the form '# 5.1 English（中文）'"
    elif not Path(section.name).name.startswith(match.group(1).replace(".", "_")):
        yield f"the file's name does not begin with {match.group(1).replace('.', '_')}"


def opening(section: Section) -> Iterator[str]:
    match = re.search(r"^:::+\{admonition\} Objectives\n:class: objectives\n(.*?)^:::", section.prose, re.M | re.S)
    if not match:
        yield "no objectives"
        return
    if len(re.findall(r"^- ", match.group(1), re.MULTILINE)) < 2:
        yield "fewer than two objectives"
    if not re.search(r"\*\*Run time\*\*.*\d+ (s|min)\b", match.group(1)):
        yield "no run time"
    if "**Before this**" not in match.group(1):
        yield "no prerequisites"


def headings(section: Section) -> Iterator[str]:
    found = re.findall(r"^## (.+)$", section.prose, re.MULTILINE)
    for heading in HEADINGS:
        if not any(one.startswith(heading) for one in found):
            yield f"no section '## {heading}'"


def modules(section: Section) -> Iterator[str]:
    listed = section.front.get("modules") or []
    if not listed:
        yield "no `modules:` in the front matter"
    for module in listed:
        if not module.startswith("mmbook") or find_spec(module) is None:
            yield f"there is no module {module}"


def cells(section: Section) -> Iterator[str]:
    for position, cell in enumerate(section.code, start=1):
        count = len(cell.source.splitlines())
        if count > CELL_LINES:
            yield f"code cell {position} has {count} lines, more than {CELL_LINES}"


def exercises(section: Section) -> Iterator[str]:
    titles = [re.fullmatch(r"Exercise ([\d.]+) · (\w+) · ★{1,3}", one) for one in section.admonitions("exercise")]
    if not all(titles):
        yield f"an exercise's title is not of the form 'Exercise {section.number}.1 · predict · ★'"
    numbers = [match.group(1) for match in titles if match]
    if len(numbers) < 3:
        yield f"{len(numbers)} exercises, fewer than three"
    first = int(numbers[0].rsplit(".", 1)[1]) if numbers else 1  # a section's second notebook counts on
    if numbers != [f"{section.number}.{place}" for place in range(first, first + len(numbers))]:
        yield f"exercises are numbered {numbers}"
    for kind in set(KINDS) - {match.group(2) for match in titles if match}:
        yield f"no exercise to {kind}"
    solutions = section.admonitions("solution")
    for number in numbers:
        if f"Solution {number}" not in solutions:
            yield f"exercise {number} has no solution"
        if number not in section.exercise_numbers:
            yield f"exercise {number} is not registered in mmbook.exercises"
        for tag in ("exercise", "solution"):
            if not _has_check(section, number, tag):
                yield f'exercise {number} has no cell tagged `{tag}` with check("{number}", ...)'


def _has_check(section: Section, number: str, tag: str) -> bool:
    return any(tag in cell.metadata.get("tags", []) and f'check("{number}"' in cell.source for cell in section.code)


def solutions_pass(section: Section) -> Iterator[str]:
    for cell in section.reference.cells if section.reference else []:
        if "solution" in cell.metadata.get("tags", []) and "check(" in cell.source:
            printed = "".join(output.get("text", "") for output in cell.outputs)
            if ": right." not in printed or "not yet" in printed:
                yield f"a solution does not pass its own check: {printed.strip()!r}"
            if "nbval-check-output" not in cell.metadata.get("tags", []):
                yield "a solution's cell is not tagged `nbval-check-output`"


def figures(section: Section) -> Iterator[str]:
    for position, cell in enumerate(section.code, start=1):
        if _draws(section, position, cell):
            options = cell.metadata.get("mystnb", {})
            if not options.get("image", {}).get("alt", "").strip():
                yield f"the figure of code cell {position} has no alt text"
            if not options.get("figure", {}).get("caption", "").strip():
                yield f"the figure of code cell {position} has no caption"
    for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", section.prose):
        if not alt.strip():
            yield f"the picture {path} has no alt text"
    for block in re.findall(r"^(?::{3,}|`{3,})\{(?:figure|image)\}.*?^(?::{3,}|`{3,})$", section.prose, re.M | re.S):
        if not re.search(r"^:alt: \S", block, re.MULTILINE):
            yield f"the picture {block.splitlines()[0]} has no alt text"


def _draws(section: Section, position: int, cell: NotebookNode) -> bool:
    """Whether a code cell shows a figure: its reference says so, or its last line calls `plotting`."""
    if section.reference is not None and position <= len(section.reference.cells):
        return "<Figure" in nbformat.writes(nbformat.v4.new_notebook(cells=[section.reference.cells[position - 1]]))
    last = [line for line in cell.source.splitlines() if line and not line.startswith((" ", ")", "#"))][-1:]
    return any(line.startswith("plotting.") for line in last)


def citations(section: Section) -> Iterator[str]:
    for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", section.prose):
        for key in keys.split(","):
            if key.strip() not in section.cited_keys:
                yield f"{key.strip()} is not in references.bib"


def glue(section: Section) -> Iterator[str]:
    glued = set(re.findall(r"""glue\(\s*["']([^"']+)["']""", "\n".join(cell.source for cell in section.code)))
    for name in re.findall(r"\{glue:?\w*\}`([^`:]+)", section.prose):
        if name not in glued:
            yield f"{name} is shown and never glued"


def own_host(section: Section) -> Iterator[str]:
    if re.search(r"<(script|link|img|iframe|audio|video)[^>]*(src|href)=[\"']?(https?:)?//", section.text):
        yield "loads something from another host"


def in_contents(section: Section) -> Iterator[str]:
    if not section.listed:
        yield "is not listed in _toc.yml"


RULES = (
    title,
    opening,
    headings,
    modules,
    cells,
    exercises,
    solutions_pass,
    figures,
    citations,
    glue,
    own_host,
    in_contents,
)
