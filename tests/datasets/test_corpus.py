import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmbook.datasets import corpus as module
from mmbook.datasets.corpus import Document, add, documents, has_full_text, open_corpus, search
from mmbook.errors import UserError
from mmbook.media.text import tokenize

BOTH = pytest.mark.parametrize("indexed", [True, False] if has_full_text() else [False], ids=["index", "scan"])
PAPERS = [
    Document("a", "Fusing face and voice", "Sentiment from pictures and sound.", "Li, Wang", 2020),
    Document("b", "图像与文本", "这部电影不好看", "王", 2021),
    Document("c", "Don't look twice", "Values of 3.5 and 100% are odd_ones 👍", "O'Neil", 2021, "s", "CC BY 4.0"),
]
SENTENCES = st.lists(
    st.sampled_from([*"ab好%_\\'\"👍", "face", "it's", "3.5", "电影", "-", "*", "OR"]), max_size=6
).map(" ".join)


def ids(found):
    return [document.id for document in found]


@BOTH
def test_documents_come_back_as_they_were_and_in_order(tmp_path, indexed):
    with open_corpus(tmp_path / "c.db", indexed) as corpus:
        assert add(corpus, PAPERS) == 3 == len(corpus)
        assert list(documents(corpus)) == PAPERS
        assert ids(documents(corpus, year=2021)) == ["b", "c"]
    with open_corpus(tmp_path / "c.db") as corpus:
        assert corpus.indexed is indexed and list(documents(corpus)) == PAPERS


@BOTH
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("voice", ["a"]), ("VOICE face", ["a"]), ("voice 电影", []), ("电影", ["b"]), ("不", ["b"]), ("don't", ["c"]),
        ("don", []), ("3.5", ["c"]), ("3", []), ("👍", ["c"]), ("Wang", ["a"]), ("fac", []), ("", []), ("!?", []),
    ],
)  # fmt: skip
def test_a_search_finds_whole_words_of_both_languages(tmp_path, indexed, query, expected):
    with open_corpus(tmp_path / "c.db", indexed) as corpus:
        add(corpus, PAPERS)
        assert ids(search(corpus, query)) == expected


@BOTH
@pytest.mark.parametrize(
    "query",
    ["'; DROP TABLE documents; --", '" OR 1=1 --', "words: *", "NEAR(a b)", "face OR voice", "100%", "odd_ones", "\0"],
)
def test_a_query_is_never_read_as_commands(tmp_path, indexed, query):
    with open_corpus(tmp_path / "c.db", indexed) as corpus:
        add(corpus, [*PAPERS, Document("x'); DROP TABLE documents; --", query, query)])
        words = set(tokenize(query))
        expected = {
            d.id for d in documents(corpus) if words and words <= set(tokenize(f"{d.title} {d.authors} {d.text}"))
        }
        assert set(ids(search(corpus, query))) == expected
        assert len(corpus) == 4


@given(texts=st.lists(SENTENCES, max_size=5), query=SENTENCES)
def test_the_index_and_the_scan_find_the_documents_that_hold_every_word(tmp_path_factory, texts, query):
    folder = tmp_path_factory.mktemp("corpus")
    asked = set(tokenize(query))
    expected = {str(n) for n, text in enumerate(texts) if asked and asked <= set(tokenize(text))}
    for indexed in (True, False) if has_full_text() else (False,):
        with open_corpus(folder / f"{indexed}.db", indexed) as corpus:
            add(corpus, [Document(str(n), "", text) for n, text in enumerate(texts)])
            assert set(ids(search(corpus, query))) == expected


@BOTH
def test_a_second_document_of_the_same_id_takes_the_place_of_the_first(tmp_path, indexed):
    with open_corpus(tmp_path / "c.db", indexed) as corpus:
        add(corpus, PAPERS)
        add(corpus, [Document("a", "New title", "new words")])
        assert len(corpus) == 3
        assert ids(search(corpus, "voice")) == [] and ids(search(corpus, "new words")) == ["a"]


@BOTH
def test_documents_are_added_all_or_none(tmp_path, indexed):
    def broken():
        yield PAPERS[0]
        raise RuntimeError("the source broke off")

    with open_corpus(tmp_path / "c.db", indexed) as corpus:
        with pytest.raises(RuntimeError):
            add(corpus, broken())
        assert len(corpus) == 0 and search(corpus, "voice") == []


@BOTH
def test_no_more_than_the_limit_is_found_and_more_than_a_page_is_gone_through(tmp_path, indexed):
    with open_corpus(tmp_path / "c.db", indexed) as corpus:
        add(corpus, (Document(str(n), "", "same") for n in range(250)))
        assert len(search(corpus, "same")) == 10 and len(search(corpus, "same", limit=300)) == 250
        assert ids(documents(corpus)) == [str(n) for n in range(250)]


@pytest.mark.skipif(not has_full_text(), reason="this SQLite has no FTS5")
def test_with_an_index_the_document_that_is_most_about_a_word_comes_first(tmp_path):
    with open_corpus(tmp_path / "c.db") as corpus:
        add(corpus, [Document("far", "", "voice " + "other " * 50), Document("near", "", "voice voice")])
        assert ids(search(corpus, "voice")) == ["near", "far"]


def test_a_file_that_is_no_corpus_is_told_in_one_line_and_left_as_it_was(tmp_path):
    (tmp_path / "text.db").write_text("not a database " * 100)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE documents (a)")
    other.close()
    for name in ("text.db", "other.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(UserError, match=name) as caught, open_corpus(tmp_path / name):
            pass
        assert "\n" not in str(caught.value) and (tmp_path / name).read_bytes() == before


def test_a_sqlite_without_an_index_is_told(tmp_path, monkeypatch):
    with open_corpus(tmp_path / "a.db", has_full_text()):
        pass
    monkeypatch.setattr(module, "_can_index", lambda connection: False)
    with pytest.raises(UserError, match="indexed=False"), open_corpus(tmp_path / "b.db", True):
        pass
    with open_corpus(tmp_path / "c.db") as corpus:
        assert corpus.indexed is False
