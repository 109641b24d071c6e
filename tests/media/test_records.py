import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmbook.errors import MediaError
from mmbook.media.records import SUFFIXES, read_records, read_xml, write_records

NAMES = st.text("abcxyz_ -", min_size=1, max_size=8)
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r<>&\"',"), max_size=30)
VALUES = PRINTABLE | st.integers(-(10**12), 10**12) | st.booleans() | st.none() | st.floats(allow_nan=False, width=32)


def tables(values):
    """Lists of records that all have the same names."""
    return st.lists(NAMES, min_size=1, max_size=4, unique=True).flatmap(
        lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, values)), max_size=4)
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(records=tables(PRINTABLE))
def test_texts_come_back_from_every_format(tmp_path_factory, suffix, records):
    path = tmp_path_factory.mktemp("records") / f"texts{suffix}"
    write_records(path, records)
    assert read_records(path) == records


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
@given(records=st.lists(st.dictionaries(NAMES, VALUES.filter(lambda v: v not in (math.inf, -math.inf))), max_size=4))
def test_json_keeps_every_type(tmp_path_factory, suffix, records):
    path = tmp_path_factory.mktemp("records") / f"values{suffix}"
    write_records(path, records)
    assert read_records(path) == records


@pytest.mark.parametrize("suffix", [".csv", ".xml"])
def test_csv_and_xml_turn_every_value_into_text(tmp_path, suffix):
    write_records(tmp_path / f"a{suffix}", [{"clip": 7, "sure": True, "note": None}])
    assert read_records(tmp_path / f"a{suffix}") == [{"clip": "7", "sure": "True", "note": ""}]


def test_writing_twice_gives_the_same_bytes(tmp_path):
    for suffix in SUFFIXES:
        for name in ("a", "b"):
            write_records(tmp_path / f"{name}{suffix}", [{"text": "不好看 👍"}])
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("suffix", "value"), [(".json", math.nan), (".jsonl", math.inf), (".xml", "bell \a"), (".csv", "\ud800")]
)
def test_what_a_format_cannot_hold_is_refused_in_one_line_and_nothing_is_written(tmp_path, suffix, value):
    path = tmp_path / f"bad{suffix}"
    with pytest.raises(MediaError, match=f"bad{suffix}: cannot hold") as caught:
        write_records(path, [{"value": value}])
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


TENFOLD = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BILLION_LAUGHS = f'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY l0 "lol">{TENFOLD}'


@pytest.mark.parametrize(
    "text",
    [
        BILLION_LAUGHS + "]>\n<lolz>&l9;</lolz>",
        '<!DOCTYPE r [<!ENTITY file SYSTEM "file:///etc/passwd">]><r>&file;</r>',
        '<!DOCTYPE r SYSTEM "http://localhost:9/evil.dtd"><r/>',
        '<!DOCTYPE r [<!ENTITY % outer SYSTEM "http://localhost:9/x"> %outer;]><r/>',
        "<!DOCTYPE r><r/>",
    ],
    ids=["expansion", "file", "external subset", "parameter entity", "empty document type"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_anything_is_expanded(tmp_path, text, encoding):
    path = tmp_path / "harmful.xml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(MediaError, match=r"harmful\.xml: declares a document type") as caught:
        read_records(path)
    assert "\n" not in str(caught.value)


def test_an_entity_that_nobody_declared_is_refused(tmp_path):
    (tmp_path / "a.xml").write_text("<r><a>&nobody;</a></r>")
    with pytest.raises(MediaError, match="undefined entity"):
        read_xml(tmp_path / "a.xml")


def test_the_five_entities_and_numbers_that_xml_itself_knows_are_read(tmp_path):
    (tmp_path / "a.xml").write_text("<r><a>&lt;&gt;&amp;&quot;&apos;&#20320;</a></r>", "utf-8")
    assert read_xml(tmp_path / "a.xml")[0].text == "<>&\"'你"


def test_nesting_without_end_is_refused(tmp_path):
    (tmp_path / "deep.xml").write_text("<a>" * 100_000 + "</a>" * 100_000)
    with pytest.raises(MediaError, match="nested deeper than 100"):
        read_xml(tmp_path / "deep.xml")


def test_fields_named_by_their_tags_are_read(tmp_path):
    text = '<clips xmlns="urn:x" xmlns:y="urn:y"><clip><text>good</text><y:label> 1 </y:label></clip></clips>'
    (tmp_path / "a.xml").write_text(text)
    assert read_records(tmp_path / "a.xml") == [{"text": "good", "label": " 1 "}]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "x", "are not read from .txt"),
        ("a.json", '{"text": 1}', "holds no list of records"),
        ("a.json", "[1]", "record 1 is no flat object"),
        ("a.json", '[{"a": {}}]', "record 1 is no flat object"),
        ("a.json", '[{"a": NaN}]', "not a JSON number"),
        ("a.json", "[" * 100_000, "cannot be read as JSON"),
        ("a.json", "", "cannot be read as JSON"),
        ("a.jsonl", '{"a": 1}\n{"a": ', "line 2 is not JSON"),
        ("a.csv", "a,a\n1,2\n", "names a column twice"),
        ("a.csv", "a,b\n1\n", "line 2 has 1 cells where the first has 2"),
        ("a.csv", 'a\n"open', "cannot be read as CSV"),
        ("a.xml", "<r><a></r>", "mismatched tag"),
        ("a.xml", "", "is empty"),
        ("a.xml", "<r><a><b>1</b><b>2</b></a></r>", "has a field twice"),
        ("a.xml", "<r><a><b><c/></b></a></r>", "has elements inside its field 'b'"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_line(tmp_path, name, content, told):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(MediaError, match=told) as caught:
        read_records(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name)) and "\n" not in str(caught.value)


def test_a_file_beyond_the_limit_is_not_parsed(tmp_path):
    for suffix in SUFFIXES:
        write_records(tmp_path / f"a{suffix}", [{"text": "x" * 1000}])
        with pytest.raises(MediaError, match="longer than the limit of 500 bytes"):
            read_records(tmp_path / f"a{suffix}", max_bytes=500)


def test_a_long_cell_comes_back_from_csv(tmp_path):
    write_records(tmp_path / "a.csv", [{"text": "x" * 200_000}])
    assert len(read_records(tmp_path / "a.csv")[0]["text"]) == 200_000


def test_json_can_be_read_by_any_program(tmp_path):
    write_records(tmp_path / "a.json", [{"text": "好"}])
    assert json.loads((tmp_path / "a.json").read_bytes()) == [{"text": "好"}]
    assert "好".encode() in (tmp_path / "a.json").read_bytes()
