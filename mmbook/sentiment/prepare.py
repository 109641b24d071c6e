"""A manifest becomes features: decode, clean, extract, cache, pack, and report what was rejected and why (§5.1.5)."""

import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from mmbook.datasets.duplicates import duplicates_across
from mmbook.datasets.manifest import FILES, Manifest, Problem, Row, check_labels, describe, read_manifest
from mmbook.errors import ManifestError, MediaError, UserError
from mmbook.files import write_text
from mmbook.sentiment.extract import cache_path, extract, extract_to, is_cached, load_cached
from mmbook.sentiment.features import ClipFeatures, FeatureSet, FeatureSettings, load_features
from mmbook.sentiment.packing import write_features
from mmbook.sentiment.report import summary, write_problems

OURS = re.compile(r"[0-9a-f]{32}\.npz|\.[0-9a-f]+\.partial\.npz")  # cache files, and what a kill left of one
_KEPT = ExitStack()  # a worker's settings, for as long as it lives
JOBS_PER_WORKER = 16  # fewer are done sooner than another process starts
PRINTS = ("image_print", "audio_print")
__all__ = ["ClipFeatures", "FeatureSet", "FeatureSettings", "extract", "load_features", "prepare"]


def prepare(
    manifest_path: str | Path,
    out: str | Path,
    *,
    settings: FeatureSettings | None = None,
    on_error: str = "raise",
    workers: int | None = None,
    label_column: str = "label",
    task: str = "auto",
    seed: int = 0,
    download: bool = False,
    progress: bool = True,
) -> FeatureSet:
    """The features of every row of a manifest, written to the folder `out`: the same bits for any number of `workers`.

    Each row is kept in `out/rows` when it is done, so a run that was killed resumes, and only rows whose files changed
    are made again. `out/report.csv` lists the rows left out, `out/report.txt` the summary, which is also printed when
    `progress` is True. `workers` defaults to the number of cores; 1 stays in this process. A script that uses more must
    call this under `if __name__ == "__main__":`. `download` allows fetching VGG16's ImageNet weights.

    Raises `ManifestError` for a manifest that cannot be used and, with `on_error="raise"`, at the first row that cannot
    ("skip" leaves those out).
    """
    manifest = read_manifest(manifest_path, on_error, label_column, task, seed)
    settings = settings or FeatureSettings()
    if settings.image_encoder == "vgg16":
        from mmbook.embedding import vgg  # torch: two seconds that the other encoder's workers need not wait

        settings = replace(settings, image_weights=vgg.resolve_weights(settings.image_weights, download))
    out = Path(out)
    problems = list(manifest.problems)

    def reject(problem: Problem) -> None:
        if on_error == "raise":
            raise ManifestError(describe(manifest.path, problem))
        problems.append(problem)

    caches = _cache_rows(manifest, out / "rows", settings, workers, reject, progress)
    rows = [row for row in manifest.rows if row.id in caches]
    rows, label_names = check_labels(manifest.path, rows, manifest.task, reject)
    problems.sort(key=lambda problem: problem.row)
    manifest = replace(manifest, rows=tuple(rows), label_names=label_names, problems=tuple(problems))
    (out / "features.json").unlink(missing_ok=True)  # so that arrays and features.json never disagree, if killed here
    write_features(manifest, [caches[row.id] for row in rows], settings, out)
    features = load_features(out)
    images, sounds = ({row.id: load_cached(caches[row.id], name)[0] for row in rows} for name in PRINTS)
    duplicates = duplicates_across(rows, _given(images), _given(sounds))
    kept = set(caches.values())
    text = summary(manifest, features, duplicates)
    write_problems(out / "report.csv", problems)
    write_text(out / "report.txt", text)
    for file in (out / "rows").iterdir():
        if OURS.fullmatch(file.name) and file not in kept:
            file.unlink()
    if progress:
        print(text, end="")
    return features


def _given(prints: dict[str, np.ndarray | None]) -> dict[str, np.ndarray]:
    return {row_id: vector for row_id, vector in prints.items() if vector is not None}


def _cache_rows(
    manifest: Manifest,
    folder: Path,
    settings: FeatureSettings,
    workers: int | None,
    reject: Callable[[Problem], None],
    progress: bool,
) -> dict[str, Path]:
    """The cache file of each row that could be read, making those that are not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{folder.parent}: cannot hold the features ({error.strerror}): choose another folder"
        ) from None
    caches = {row.id: cache_path(folder, row, settings) for row in manifest.rows}
    todo = [row for row in manifest.rows if not is_cached(caches[row.id])]
    jobs = [(caches[row.id], row, settings) for row in todo]
    done = len(manifest.rows) - len(todo)
    bar = tqdm(total=len(manifest.rows), initial=done, desc="prepare", unit="clip", disable=not progress)
    with bar, closing(_run(jobs, workers)) as messages:
        for row, message in zip(todo, messages, strict=True):
            bar.update()
            if message is not None:
                del caches[row.id]
                reject(_problem(manifest.path, row, message))
    return caches


def _run(jobs: Sequence[tuple[Path, Row, FeatureSettings]], workers: int | None) -> Iterator[str | None]:
    """For each job in order, None or the line that says why the row cannot be read."""
    with_torch = any(settings.image_encoder == "vgg16" for *_, settings in jobs[:1])
    workers = min(workers or os.cpu_count() or 1, 1 + len(jobs) // JOBS_PER_WORKER)
    if workers <= 1:
        with _one_thread(with_torch):
            yield from map(_job, jobs)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (with_torch,))
    try:
        yield from pool.map(_job, jobs, chunksize=4)
    except BrokenProcessPool:
        raise UserError(
            "prepare: a worker process ended too soon: in a script, call prepare under `if __name__ == '__main__':`, "
            "or choose one worker"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread(with_torch: bool) -> Iterator[None]:
    """A block in which sums are taken by one thread, so in one order, here and in a worker."""
    with threadpool_limits(1):
        if not with_torch:
            yield
            return
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def _start_worker(with_torch: bool) -> None:
    """One thread, and no life after the parent: a kill leaves it no time to end its workers."""
    _KEPT.enter_context(_one_thread(with_torch))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


def _job(job: tuple[Path, Row, FeatureSettings]) -> str | None:
    path, row, settings = job
    try:
        extract_to(path, row, settings)
    except MediaError as error:
        return str(error)
    return None


def _problem(manifest_path: Path, row: Row, message: str) -> Problem:
    """A reader's line as a problem of the row: the file relative to the manifest, the rest of the line."""
    for name in FILES:
        path = getattr(row, name)
        if path is not None and message.startswith(str(path)):
            shown = path.relative_to(manifest_path.parent.resolve()).as_posix()
            return Problem(row.number, row.id, shown, message.removeprefix(str(path)).lstrip(": "))
    return Problem(row.number, row.id, "", message.removeprefix(f"{row.id}: "))
