"""A photo is decoded and made anew: nothing but the picture is left of what was sent."""

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from linli.shared.actions import keep_photo
from linli.shared.models import Photo
from linli.shared.queries import photo_path
from linli.shared.refusals import Refused
from tests import make

pytestmark = pytest.mark.django_db

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def encoded(picture, kind="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def kept(photo):
    return [Image.open(photo_path(photo.pk, small=small)) for small in (False, True)]


def test_place_and_maker_are_gone_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "某某手机"
    exif.get_ifd(GPS)[1] = "N"

    photo = keep_photo(content=encoded(Image.new("RGB", (400, 200), "red"), exif=exif), at=make.AT)

    for picture in kept(photo):
        assert dict(picture.getexif()) == {}
        assert picture.size == (200, 400)


def _with_words_of_png():
    words = PngInfo()
    words.add_text("comment", "SECRET")
    words.add_itxt("Comment", "SECRET")
    return encoded(Image.new("RGB", (40, 30)), "PNG", pnginfo=words)


@pytest.mark.parametrize(
    "content",
    [
        encoded(Image.new("RGB", (40, 30)), comment=b"SECRET"),
        encoded(Image.new("RGB", (40, 30)), xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>"),
        encoded(Image.new("RGB", (40, 30)), icc_profile=b"SECRET" * 30),
        _with_words_of_png(),
        encoded(Image.new("RGB", (40, 30)), "WEBP", xmp=b"SECRET"),
    ],
    ids=["JPEG comment", "XMP", "colour profile", "PNG text", "WebP"],
)
def test_words_that_a_camera_or_an_editor_put_into_the_file_are_gone(content):
    assert b"SECRET" in content

    photo = keep_photo(content=content, at=make.AT)

    for small in (False, True):
        assert b"SECRET" not in photo_path(photo.pk, small=small).read_bytes()


def test_a_picture_with_see_through_parts_is_kept():
    photo = keep_photo(content=encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"), at=make.AT)

    assert [picture.format for picture in kept(photo)] == ["JPEG", "JPEG"]


def test_a_large_picture_is_made_smaller():
    photo = keep_photo(content=encoded(Image.new("RGB", (5000, 2500))), at=make.AT)

    assert [picture.size for picture in kept(photo)] == [(2048, 1024), (480, 240)]


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"\xff\xd8\xff" + b"\x00" * 100, encoded(Image.new("1", (9000, 9000)), "PNG")],
    ids=["empty", "words", "broken", "bomb"],
)
def test_what_is_no_picture_or_too_large_to_decode_is_refused_and_nothing_kept(content):
    with pytest.raises(Refused):
        keep_photo(content=content, at=make.AT)

    assert Photo.objects.count() == 0


def test_too_many_bytes_are_refused_before_they_are_decoded(settings):
    settings.PHOTO_BYTES_MAX = 1000

    with pytest.raises(Refused):
        keep_photo(content=encoded(Image.effect_noise((200, 200), 90)), at=make.AT)

    assert Photo.objects.count() == 0
