import os
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from mmbook.errors import MediaError
from mmbook.media.image import read_image, resize_image, write_image
from tests.media._samples import picture, tone


def assert_one_line_naming(error, path):
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    assert ";" in message  # what is wrong; what to do


def save(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp", ".tif", ".ppm"])
def test_writing_and_reading_returns_the_same_pixels(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".webp":
        save(path, Image.fromarray(picture()), lossless=True)
    else:
        write_image(path, picture())
    np.testing.assert_array_equal(read_image(path), picture())


def test_jpeg_is_close_to_what_was_written(tmp_path):
    smooth = np.repeat(np.repeat(picture(4, 4), 16, 0), 16, 1)
    write_image(tmp_path / "a.jpg", smooth)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - smooth).mean() < 4


def test_writing_twice_gives_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        write_image(tmp_path / name, picture())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_unknown_suffix_is_not_written(tmp_path):
    with pytest.raises(MediaError, match=r"\.png or \.jpg"):
        write_image(tmp_path / "a.xyz", picture())
    assert list(tmp_path.iterdir()) == []


def test_names_with_spaces_and_chinese_characters_are_read(tmp_path):
    path = tmp_path / "我的 照片 %d 100%.png"
    write_image(path, picture())
    np.testing.assert_array_equal(read_image(path), picture())
    np.testing.assert_array_equal(read_image(str(path)), picture())


def test_greyscale_becomes_three_equal_channels(tmp_path):
    grey = picture()[..., 0]
    out = read_image(save(tmp_path / "a.png", Image.fromarray(grey)))
    np.testing.assert_array_equal(out, np.stack([grey] * 3, -1))


def test_one_bit_pictures_are_black_and_white(tmp_path):
    out = read_image(save(tmp_path / "a.png", Image.fromarray(picture()).convert("1")))
    assert set(np.unique(out)) == {0, 255}


def test_palette_gives_the_colours_of_its_table(tmp_path):
    image = Image.fromarray(picture()).quantize(16)
    out = read_image(save(tmp_path / "a.png", image))
    np.testing.assert_array_equal(out, np.asarray(image.convert("RGB")))


def test_transparent_palette_entry_is_laid_on_white(tmp_path):
    image = Image.fromarray(picture()).quantize(16)
    out = read_image(save(tmp_path / "a.png", image, transparency=3))
    hidden = np.asarray(image) == 3
    assert hidden.any()
    assert (out[hidden] == 255).all()
    np.testing.assert_array_equal(out[~hidden], np.asarray(image.convert("RGB"))[~hidden])


def test_partial_transparency_in_a_palette_is_blended_with_white(tmp_path):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 0, 0, 200])
    image.putpixel((1, 0), 1)
    out = read_image(save(tmp_path / "a.png", image, transparency=bytes([0, 255])))
    np.testing.assert_array_equal(out, [[[255, 255, 255], [0, 0, 200]]])


def test_transparent_colour_of_a_greyscale_picture_is_laid_on_white(tmp_path):
    out = read_image(save(tmp_path / "a.png", Image.new("L", (3, 3), 7), transparency=7))
    assert (out == 255).all()


def test_rgba_is_laid_on_white(tmp_path):
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., 0] = 200
    rgba[0, :, 3] = 255
    rgba[1, 0, 3] = 128
    out = read_image(save(tmp_path / "a.png", Image.fromarray(rgba)))
    assert (out[0] == (200, 0, 0)).all()
    assert (out[1, 1:] == 255).all()
    np.testing.assert_allclose(out[1, 0], (227, 127, 127), atol=1)


def test_grey_with_alpha_is_laid_on_white(tmp_path):
    out = read_image(save(tmp_path / "a.png", Image.new("LA", (2, 2), (10, 0))))
    assert (out == 255).all()


def test_sixteen_bit_grey_is_scaled_not_cut(tmp_path):
    values = np.linspace(0, 65535, 256 * 4).round().astype(np.uint16).reshape(32, 32)
    out = read_image(save(tmp_path / "a.png", Image.fromarray(values)))
    np.testing.assert_allclose(out[..., 0], values / 257.0, atol=0.5001)
    assert out[0, 0, 0] == 0 and out[-1, -1, 2] == 255


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bit_rgb_is_scaled(tmp_path):
    values = np.arange(0, 65535, 65535 // 11, dtype=np.uint16)[:12].reshape(2, 2, 3)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    (tmp_path / "a.png").write_bytes(png(2, 2, 16, 2, rows))
    np.testing.assert_allclose(read_image(tmp_path / "a.png"), values / 257.0, atol=1.0)


def test_cmyk_jpeg_keeps_its_colours(tmp_path):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    out = read_image(save(tmp_path / "a.jpg", image, quality=95))
    assert np.abs(out.astype(int) - (255, 0, 0)).max() < 12


def test_real_valued_tiff_between_zero_and_one_is_read(tmp_path):
    values = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    out = read_image(save(tmp_path / "a.tif", Image.fromarray(values)))
    np.testing.assert_allclose(out[..., 0], values * 255, atol=0.51)


@pytest.mark.parametrize("value", [np.nan, 7.0, -1.0])
def test_real_valued_tiff_outside_the_range_is_an_error(tmp_path, value):
    path = save(tmp_path / "a.tif", Image.fromarray(np.full((4, 4), value, np.float32)))
    with pytest.raises(MediaError, match="8 or 16 bits") as error:
        read_image(path)
    assert_one_line_naming(error, path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(tmp_path, orientation):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = (250, 0, 0)
    upright[:8, 16:] = (0, 250, 0)
    upright[8:, :16] = (0, 0, 250)
    store = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix, options in ((".png", {}), (".jpg", {"quality": 95, "subsampling": 0})):
        path = save(
            tmp_path / f"a{suffix}", Image.fromarray(np.ascontiguousarray(store(upright))), exif=exif, **options
        )
        out = read_image(path)
        assert out.shape == upright.shape
        assert np.abs(out.astype(int) - upright).mean() < 6


def test_damaged_exif_does_not_hide_the_picture(tmp_path):
    path = save(tmp_path / "a.jpg", Image.fromarray(picture()), exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert read_image(path).shape == (24, 20, 3)


def test_one_pixel_is_a_picture(tmp_path):
    write_image(tmp_path / "a.png", np.full((1, 1, 3), 9, np.uint8))
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), [[[9, 9, 9]]])
    assert (resize_image(read_image(tmp_path / "a.png"), 8) == 9).all()


def test_a_png_that_is_a_jpeg_is_read(tmp_path):
    path = save(tmp_path / "a.png", Image.fromarray(picture()), format="JPEG")
    assert read_image(path).shape == (24, 20, 3)


def test_of_an_animation_the_first_picture_is_read(tmp_path):
    first, second = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    assert (read_image(tmp_path / "a.gif") == (255, 0, 0)).all()


@pytest.mark.parametrize(
    "content",
    [b"just words, no picture\n" * 20, b"ID3\x04" + bytes(400), b"\x89PNG", b"P", b"%!PS-Adobe-3.0 EPSF-3.0\n"],
)
def test_what_is_not_a_picture_is_named(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="not a picture") as error:
        read_image(path)
    assert_one_line_naming(error, path)


def test_a_sound_called_png_is_named(tmp_path):
    from mmbook.media.audio import write_audio

    write_audio(tmp_path / "a.mp3", tone(0.2))
    path = (tmp_path / "a.mp3").rename(tmp_path / "a.png")
    with pytest.raises(MediaError, match="not a picture") as error:
        read_image(path)
    assert_one_line_naming(error, path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".gif", ".bmp", ".tif"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated_picture_names_the_file(tmp_path, suffix, kept):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(MediaError) as error:
        read_image(path)
    assert_one_line_naming(error, path)


def test_empty_missing_and_folder_are_told_apart(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    for name, what in (("empty.png", "empty"), ("missing.png", "no such file"), ("folder.png", "folder")):
        with pytest.raises(MediaError, match=what) as error:
            read_image(tmp_path / name)
        assert_one_line_naming(error, tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who is not root")
def test_unreadable_file_is_named(tmp_path):
    write_image(tmp_path / "a.png", picture())
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(MediaError, match="permissions"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["nul\0byte.png", "x" * 5000 + ".png"])
def test_impossible_names_are_an_error_of_the_user(tmp_path, name):
    with pytest.raises(MediaError):
        read_image(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are files on POSIX only")
def test_a_named_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(MediaError, match="not an ordinary file"):
        read_image(tmp_path / "a.png")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_to_itself_is_an_error_of_the_user(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(MediaError):
        read_image(tmp_path / "a.png")


def test_huge_picture_is_rejected_from_its_header(tmp_path):
    path = tmp_path / "huge.png"
    # The header alone, then no data: were it decoded first, the error would be another.
    path.write_bytes(png(30_000, 30_000, 8, 2, b""))
    with pytest.raises(MediaError, match=r"30000 x 30000.*100,000,000") as error:
        read_image(path)
    assert_one_line_naming(error, path)


def test_the_limit_counts_pixels_and_is_inclusive(tmp_path):
    write_image(tmp_path / "a.png", picture(10, 10))
    assert read_image(tmp_path / "a.png", max_pixels=100).shape == (10, 10, 3)
    with pytest.raises(MediaError, match="99"):
        read_image(tmp_path / "a.png", max_pixels=99)


def test_damaged_tiff_prints_nothing(tmp_path, capfd):
    path = save(tmp_path / "a.tif", Image.fromarray(picture()), compression="tiff_lzw")
    data = bytearray(path.read_bytes())
    data[8:200] = bytes(range(192))
    path.write_bytes(bytes(data))
    with pytest.raises(MediaError):
        read_image(path)
    assert capfd.readouterr().err == ""
    print("still open", file=sys.stderr)
    assert "still open" in capfd.readouterr().err


def test_resizing_crops_the_centre(tmp_path):
    image = np.zeros((20, 60, 3), np.uint8)
    image[:, 20:40] = 200
    assert (resize_image(image, 10) == 200).all()
    assert (resize_image(image.transpose(1, 0, 2), 10) == 200).all()


def test_resizing_averages_fine_detail():
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resize_image(stripes, 16).astype(int)
    assert np.abs(small - 127.5).max() <= 4


def test_resizing_to_the_same_size_changes_nothing():
    np.testing.assert_array_equal(resize_image(picture(16, 16), 16), picture(16, 16))
