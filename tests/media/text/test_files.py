import pytest

from mmbook.errors import MediaError
from mmbook.media.text import read_text


def write(tmp_path, data: bytes, name: str = "我的 文本.txt"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def assert_one_line_naming(error, path):
    message = str(error.value)
    assert path.name in message
    assert "\n" not in message
    assert ";" in message


@pytest.mark.parametrize("text", ["", " \n\t ", "plain", "两部电影", "שלום عليكم", "👩‍👩‍👧 ok", "a\r\nb"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_comes_back_as_written(tmp_path, text, encoding):
    assert read_text(write(tmp_path, text.encode(encoding))) == text


@pytest.mark.parametrize(
    "data", ["这部电影很好看".encode("gbk"), b"caf\xe9 au lait", b"ok \xff\xfe", b"\xff\xfea", b"\x80"]
)
def test_undecodable_bytes_name_the_file_and_the_remedy(tmp_path, data):
    path = write(tmp_path, data)
    with pytest.raises(MediaError, match="UTF-8") as error:
        read_text(path)
    assert_one_line_naming(error, path)


@pytest.mark.parametrize("data", [b"a\0b", bytes(100), "no mark".encode("utf-16-le")])
def test_nul_characters_are_not_text(tmp_path, data):
    path = write(tmp_path, data)
    with pytest.raises(MediaError, match="NUL") as error:
        read_text(path)
    assert_one_line_naming(error, path)


def test_a_megabyte_is_read_and_more_than_the_limit_is_not(tmp_path):
    path = write(tmp_path, b"good " * 200_000)
    assert len(read_text(path)) == 1_000_000
    with pytest.raises(MediaError, match="longer than the limit") as error:
        read_text(path, max_bytes=999_999)
    assert_one_line_naming(error, path)


def test_missing_file_and_folder_are_told_apart(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    for name, what in (("missing.txt", "no such file"), ("folder.txt", "folder")):
        with pytest.raises(MediaError, match=what) as error:
            read_text(tmp_path / name)
        assert_one_line_naming(error, tmp_path / name)
