import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import record
import yaml

from mmbook import exercises
from tests import book_rules
from tests.book_rules import Section, problems

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"

# Not subjects of the book: what a user can cause, atomic files, the figures, the answers, the command line.
TOOLS = {"mmbook.errors", "mmbook.files", "mmbook.plotting", "mmbook.cli", "mmbook.doctor"}
# Modules whose section is still to come. This list only shrinks.
TO_COME: set[str] = set()


def toc_files() -> set[str]:
    """Every page that the table of contents lists."""
    return {"index", *re.findall(r"file: (\S+)", (ROOT / "_toc.yml").read_text("utf-8"))}


def bibliography() -> frozenset[str]:
    """The keys of references.bib."""
    return frozenset(re.findall(r"^@\w+\{([^,]+),", (ROOT / "references.bib").read_text("utf-8"), re.MULTILINE))


def load(path: Path) -> Section:
    """A section with what the book around it says of it."""
    exercises._load_chapters()
    reference = record.reference_path(path)
    name = path.relative_to(ROOT).as_posix()
    return Section(
        name,
        path.read_text("utf-8"),
        nbformat.read(reference, as_version=4) if reference.is_file() else None,
        bibliography(),
        frozenset(exercises.EXERCISES),
        name.removesuffix(".md") in toc_files(),
    )


def public_modules() -> set[str]:
    """The modules of the package that a section should teach."""
    names = set()
    for path in (ROOT / "mmbook").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not any(part.startswith("_") for part in parts) and "exercises" not in parts:
            names.add(".".join(parts))
    return {name for name in names if not name.startswith(tuple(TOOLS))}


SOURCES = record.sources()


@pytest.mark.parametrize("path", SOURCES, ids=[path.stem for path in SOURCES])
def test_a_section_has_what_every_section_must_have(path):
    assert problems(load(path)) == []


@pytest.mark.skipif(not SOURCES, reason="no section is written yet")
def test_every_public_module_is_taught_or_still_to_come():
    taught = {module for path in SOURCES for module in load(path).front.get("modules", [])}
    assert sorted(public_modules() - taught - TO_COME) == []
    assert sorted(TO_COME & taught) == [], "taught now: take them off the list"
    assert sorted(TO_COME - public_modules()) == [], "no such module: take them off the list"


def test_the_contents_list_pages_that_exist():
    assert sorted(name for name in toc_files() if not (ROOT / f"{name}.md").is_file()) == []


def test_every_page_is_in_the_contents():
    pages = {path.relative_to(ROOT).with_suffix("").as_posix() for path in CHAPTERS.rglob("[!_]*.md")}
    assert sorted(pages - toc_files()) == []


def test_every_reference_is_cited_and_every_citation_resolves():
    text = "\n".join(path.read_text("utf-8") for path in [ROOT / "index.md", *CHAPTERS.rglob("[!_]*.md")])
    cited = {key.strip() for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text) for key in keys.split(",")}
    assert sorted(cited ^ bibliography()) == []


def test_every_registered_exercise_is_set_in_a_section():
    exercises._load_chapters()
    numbers = {number for path in SOURCES for number in re.findall(r"Exercise ([\d.]+) ·", path.read_text("utf-8"))}
    assert sorted(set(exercises.EXERCISES) - numbers) == []


def test_every_glossary_entry_has_a_chinese_name_and_a_meaning():
    text = (CHAPTERS / "glossary.md").read_text("utf-8")
    entries = [
        entry for block in re.findall(r"```\{glossary\}\n(.*?)\n```", text, re.S) for entry in block.split("\n\n")
    ]
    assert len(entries) > 40
    for entry in entries:
        english, chinese, meaning = entry.split("\n")
        assert re.search("[一-鿿]", chinese), english
        assert meaning.startswith("  ") and meaning.endswith("."), english


def test_every_chapter_has_a_page_with_a_table_of_the_textbooks_headings():
    folders = sorted(path for path in CHAPTERS.iterdir() if path.is_dir())
    assert [path.name[:3] for path in folders] == ["ch1", "ch2", "ch3", "ch4", "ch5"]
    for folder in folders:
        assert "| textbook |" in (folder / "index.md").read_text("utf-8")


def test_the_site_names_no_other_host_in_its_configuration():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert config["sphinx"]["config"]["nb_ipywidgets_js"] == {}
    assert not config["sphinx"]["config"]["mathjax_path"].startswith("http")
    assert config["launch_buttons"]["thebe"] is False
    assert "analytics" not in config.get("html", {})


# The rules bite: one good small section, and the same with one thing broken at a time.

EXERCISE = """:::{admonition} Exercise 9.9.@ · KIND · ★
:class: exercise

What is it?
:::

```{code-cell} ipython3
:tags: [exercise]

check("9.9.@", ...)
```

:::{admonition} Solution 9.9.@
:class: solution dropdown

It is one.
:::

```{code-cell} ipython3
:tags: [solution, hide-cell, nbval-check-output]

check("9.9.@", 1)
```

"""
GOOD = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
modules: [mmbook.seeding]
---

# 9.9 A section（一节）

:::{admonition} Objectives
:class: objectives

- See one thing.
- See another.

**Run time** on two cores: 5 s. **Before this**: nothing.
:::

## In the textbook

It is said in {cite:p}`someone2020`, and the answer is {glue:text}`answer-9-9`.

```{code-cell} ipython3
glue("answer-9-9", "1", display=False)
```

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: A bar.
  image:
    alt: One bar at a half.
---
plotting.bar_with_limits({"a": 0.5})
```

![A tree](tree.png)

## What goes wrong

## Exercises

""" + "".join(
    EXERCISE.replace("@", str(place)).replace("KIND", kind) for place, kind in enumerate(book_rules.KINDS, start=1)
)
GOOD += "## Summary\n"
SECTION = Section(
    "chapters/ch9/9_9_section.md", GOOD, None, frozenset({"someone2020"}), frozenset({"9.9.1", "9.9.2", "9.9.3"})
)
LONG = '```{code-cell} ipython3\nglue("answer-9-9", "1", display=False)\n' + "pass\n" * 25 + "```"


def test_a_good_section_passes_every_rule():
    assert problems(SECTION) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("（一节）", "", "the title is not"),
        ("# 9.9 A", "# 9.8 A", "does not begin with 9_8"),
        (":class: objectives", ":class: note", "no objectives"),
        ("- See another.\n", "", "fewer than two objectives"),
        ("**Run time** on two cores: 5 s. ", "", "no run time"),
        ("**Before this**", "Before this", "no prerequisites"),
        ("## What goes wrong", "## Afterwards", "no section '## What goes wrong'"),
        ("modules: [mmbook.seeding]\n", "", "no `modules:`"),
        ("mmbook.seeding", "mmbook.telepathy", "there is no module mmbook.telepathy"),
        ('```{code-cell} ipython3\nglue("answer-9-9", "1", display=False)\n```', LONG, "26 lines, more than 25"),
        ("Exercise 9.9.3 · extend · ★", "Exercise 9.9.3 · extend", "title is not of the form"),
        (":class: exercise", ":class: note", "0 exercises, fewer than three"),
        ("Exercise 9.9.3", "Exercise 9.9.4", "exercises are numbered"),
        ("· extend ·", "· modify ·", "no exercise to extend"),
        ("Solution 9.9.2", "Solution 9.9.9", "exercise 9.9.2 has no solution"),
        ('check("9.9.2", ...)', "...", "no cell tagged `exercise`"),
        ('check("9.9.2", 1)', "1", "no cell tagged `solution`"),
        ("    alt: One bar at a half.", "    alt: ''", "has no alt text"),
        ("    caption: A bar.", "    caption: ''", "has no caption"),
        ("![A tree]", "![]", "tree.png has no alt text"),
        ("someone2020", "nobody1900", "nobody1900 is not in references.bib"),
        ('glue("answer-9-9"', 'glue("another-9-9"', "answer-9-9 is shown and never glued"),
        ("## Summary", '<script src="https://x.org/a.js"></script>\n\n## Summary', "another host"),
    ],
)
def test_a_broken_section_is_told_what_it_lacks(old, new, message):
    assert old in GOOD
    assert any(message in line for line in problems(replace(SECTION, text=GOOD.replace(old, new))))


def test_a_section_outside_the_contents_is_told_so():
    assert problems(replace(SECTION, listed=False)) == [f"{SECTION.name}: is not listed in _toc.yml"]


def test_an_exercise_without_a_checker_is_told_so():
    (line,) = problems(replace(SECTION, exercise_numbers=frozenset({"9.9.1", "9.9.2"})))
    assert "9.9.3 is not registered" in line


def test_a_solution_that_fails_its_own_check_is_told_so():
    notebook = SECTION.notebook
    for cell in notebook.cells:
        if "solution" in cell.metadata.get("tags", []):
            cell.outputs = [nbformat.v4.new_output("stream", text="9.9.1: not yet. Hint: think.")]
    reference = nbformat.v4.new_notebook(cells=[cell for cell in notebook.cells if cell.cell_type == "code"])
    lines = problems(replace(SECTION, reference=reference))
    assert len(lines) == 3
    assert all("does not pass its own check" in line for line in lines)


def test_a_figure_that_only_its_reference_reveals_is_found():
    cells = [cell for cell in SECTION.notebook.cells if cell.cell_type == "code"]
    cells[0].outputs = [nbformat.v4.new_output("display_data", data={"text/plain": "<Figure size 1x1>"})]
    lines = problems(replace(SECTION, reference=nbformat.v4.new_notebook(cells=cells)))
    assert sum("code cell 1 has no" in line for line in lines) == 2
