"""Sphinx extension that makes the site self-contained and runs a notebook again when the package has changed.

- MathJax and its fonts come from an installed package and are copied into the site.
- thebe (live code from another host) is taken out.
- A notebook's cached outputs are dropped when anything in `mmbook/` differs from what they were made with.
"""

import hashlib
import os
import shutil
from pathlib import Path

import mathjax

MATHJAX = Path(mathjax.__file__).parent / "static" / "mathjax" / "es5"
MATHJAX_PARTS = ["tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2", "a11y", "sre/mathmaps"]


def package_hash(root: Path) -> str:
    """A hexadecimal digest of every Python file of the package under `root`."""
    digest = hashlib.sha256()
    for path in sorted((root / "mmbook").rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def drop_stale_outputs(app, config):
    """Remove the cache of executed notebooks if the package is not the one that made it."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    stamp = cache / "mmbook.sha256"
    now = package_hash(Path(app.srcdir))
    app.mmbook_changed = not stamp.is_file() or stamp.read_text() != now
    if app.mmbook_changed:
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        stamp.write_text(now)


def outdated_notebooks(app, env, added, changed, removed):
    """The pages to read again: every notebook, if the package changed."""
    if not app.mmbook_changed:
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
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
