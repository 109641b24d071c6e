"""Sphinx extension that makes the site self-contained and its outputs fresh.

- MathJax and its fonts come from an installed package and are copied into the site.
- thebe (live code from another host) is taken out.
- A notebook's cached outputs are dropped when the package, a table in `experiments/` or the lock of versions is not
  what they were made with.
"""

import hashlib
import os
import shutil
from pathlib import Path

import mathjax

MATHJAX = Path(mathjax.__file__).parent / "static" / "mathjax" / "es5"
INGREDIENTS = ["mmbook/**/*.py", "experiments/**/*.csv", "constraints.txt"]
MATHJAX_PARTS = ["tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2", "a11y", "sre/mathmaps"]


def ingredients_hash(root: Path) -> str:
    """A hexadecimal digest of every file under `root` that a notebook's outputs depend on."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in INGREDIENTS for path in root.glob(pattern)):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def drop_stale_outputs(app, config):
    """Remove the cache of executed notebooks if what made it has changed."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    app.output_stamp = cache / "ingredients.sha256"
    app.output_ingredients = ingredients_hash(Path(app.srcdir))
    stamp = app.output_stamp
    app.outputs_are_stale = not stamp.is_file() or stamp.read_text() != app.output_ingredients
    if app.outputs_are_stale:
        shutil.rmtree(cache, ignore_errors=True)


def stamp_outputs(app, exception):
    """Write down what the outputs were made with, once the build is through."""
    if exception is None:
        app.output_stamp.parent.mkdir(parents=True, exist_ok=True)
        app.output_stamp.write_text(app.output_ingredients)


def outdated_notebooks(app, env, added, changed, removed):
    """The pages to read again: every notebook, if its outputs are stale."""
    if not app.outputs_are_stale:
        return []
    return [name for name in env.found_docs if "kernelspec" in env.metadata.get(name, {})]


def drop_thebe(app, config):
    """Disconnect every listener of sphinx_thebe, and its files."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [one for one in listeners if not _is_thebe(one.handler)]
    for files in (app.registry.css_files, app.registry.js_files):
        files[:] = [one for one in files if "thebe" not in str(one[0])]


def _is_thebe(handler) -> bool:
    return getattr(handler, "__module__", "").startswith("sphinx_thebe")


def copy_mathjax(app, exception):
    """Copy MathJax's script, its extensions and its fonts to the site's `_static/mathjax`."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir) / "_static" / "mathjax"
    if (out / MATHJAX_PARTS[0]).is_file():
        return
    for part in reversed(MATHJAX_PARTS):
        source, target = MATHJAX / part, out / part
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", drop_stale_outputs)
    app.connect("config-inited", drop_thebe)
    app.connect("env-get-outdated", outdated_notebooks)
    app.connect("build-finished", stamp_outputs)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
