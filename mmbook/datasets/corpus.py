"""A corpus of texts in a local SQLite database (§2.1.1): add, search by words, go through it; one file, no server.

What comes from outside (a query, a title) is only ever handed over as a parameter, so it cannot become SQL. Searching
uses SQLite's full-text index FTS5 where it is compiled in, and a scan with LIKE where it is not: the same documents.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from mmbook.errors import UserError
from mmbook.media.text import tokenize

FORMAT = 1
MARK = 0x6D6D626B  # "mmbk": says in the file's header whose it is


@dataclass(frozen=True)
class Document:
    """One text and where it is from; `id` is unique in a corpus, `year` may be unknown."""

    id: str
    title: str
    text: str
    authors: str = ""
    year: int | None = None
    source: str = ""
    licence: str = ""


NAMES = tuple(field.name for field in fields(Document))
COLUMNS = ", ".join(NAMES)
# Tokens come separated by spaces: whatever else is in one (an apostrophe, an emoji, a decimal point) is part of it.
INDEX = (
    "USING fts5(words, tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* S* Co Cf' tokenchars '''.,#*'\")"
)


@dataclass(frozen=True)
class Corpus:
    """An open corpus; `indexed` says whether it has a full-text index."""

    path: Path
    connection: sqlite3.Connection
    indexed: bool

    def __len__(self) -> int:
        return self.connection.execute("SELECT count(*) FROM documents").fetchone()[0]


@contextmanager
def open_corpus(path: str | Path, indexed: bool | None = None) -> Iterator[Corpus]:
    """The corpus in a file, made if there is none, open as long as the block lasts.

    `indexed` matters for a new corpus: with a full-text index or without; by default with one where SQLite has it.
    Raises `UserError` for a file that is no corpus, and for an index that this SQLite cannot make or read.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield Corpus(path, connection, _prepare(path, connection, indexed))
    except sqlite3.DatabaseError as error:
        raise UserError(f"{path}: cannot be used as a corpus ({error}); give another file, or free it") from error


def has_full_text() -> bool:
    """Whether this Python's SQLite can make the full-text index."""
    with closing(sqlite3.connect(":memory:")) as connection:
        return _can_index(connection)


def add(corpus: Corpus, documents: Iterable[Document]) -> int:
    """How many documents were added, all or none; one whose id is there already takes the old one's place."""
    marks = ", ".join("?" * len(NAMES))
    count = 0
    with _transaction(corpus.connection) as connection:
        for document in documents:
            words = " ".join(_words(f"{document.title}\n{document.authors}\n{document.text}"))
            connection.execute("DELETE FROM found WHERE rowid = (SELECT n FROM documents WHERE id = ?)", (document.id,))
            connection.execute("DELETE FROM documents WHERE id = ?", (document.id,))
            row = connection.execute(f"INSERT INTO documents ({COLUMNS}) VALUES ({marks})", astuple(document))
            connection.execute("INSERT INTO found (rowid, words) VALUES (?, ?)", (row.lastrowid, f" {words} "))
            count += 1
    return count


def search(corpus: Corpus, query: str, limit: int = 10) -> list[Document]:
    """The documents that hold every word of the query, at most `limit`; English and Chinese words.

    With an index the best match comes first (BM25), without one the document that was added first. A query without
    words finds nothing.
    """
    tokens = list(dict.fromkeys(_words(query)))
    if not tokens or limit < 1:
        return []
    if corpus.indexed:
        phrases = " ".join(f'"{token}"' for token in tokens)
        clause, values = "words MATCH ? ORDER BY rank, rowid", [phrases]
    else:
        clause = " AND ".join(["words LIKE ? ESCAPE '\\'"] * len(tokens)) + " ORDER BY rowid"
        values = [f"% {_literal(token)} %" for token in tokens]
    numbers = corpus.connection.execute(f"SELECT rowid FROM found WHERE {clause} LIMIT ?", (*values, limit)).fetchall()
    query = f"SELECT {COLUMNS} FROM documents WHERE n = ?"
    return [Document(*corpus.connection.execute(query, number).fetchone()) for number in numbers]


def documents(corpus: Corpus, year: int | None = None) -> Iterator[Document]:
    """Every document in the order of adding, or those of one year, a page at a time: memory does not grow with them."""
    last = 0
    while True:
        query = f"SELECT n, {COLUMNS} FROM documents WHERE n > ? AND (? IS NULL OR year = ?) ORDER BY n LIMIT 100"
        page = corpus.connection.execute(query, (last, year, year)).fetchall()
        if not page:
            return
        yield from (Document(*row[1:]) for row in page)
        last = page[-1][0]


def _words(text: str) -> list[str]:
    return [token.replace('"', "") for token in tokenize(text)]


def _literal(token: str) -> str:
    """The token with LIKE's own signs marked as plain ones."""
    return token.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A block whose changes are made together at its end, or not at all if it fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _prepare(path: Path, connection: sqlite3.Connection, indexed: bool | None) -> bool:
    """Whether the corpus is indexed; makes the tables of a new one."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and mark == 0:
        indexed = _can_index(connection) if indexed is None else indexed
        if indexed and not _can_index(connection):
            raise UserError(f"{path}: this Python's SQLite has no full-text index (FTS5); open it with indexed=False")
        with _transaction(connection):
            kinds = ", ".join("year INTEGER" if name == "year" else f"{name} TEXT NOT NULL" for name in NAMES)
            connection.execute(f"CREATE TABLE documents (n INTEGER PRIMARY KEY AUTOINCREMENT, {kinds}, UNIQUE (id))")
            if indexed:
                connection.execute(f"CREATE VIRTUAL TABLE found {INDEX}")
            else:
                connection.execute("CREATE TABLE found (words TEXT NOT NULL)")
            connection.execute(f"PRAGMA application_id = {MARK}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        return indexed
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark != MARK or version != FORMAT:
        raise UserError(f"{path}: is a database of something else; give another file")
    made_by = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'found'").fetchone()[0]
    if "fts5" in made_by and not _can_index(connection):
        raise UserError(f"{path}: has a full-text index, which this Python's SQLite cannot read; make it anew")
    return "fts5" in made_by


def _can_index(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute(f"CREATE VIRTUAL TABLE temp.probe {INDEX}")
    except sqlite3.OperationalError:
        return False
    connection.execute("DROP TABLE temp.probe")
    return True
