"""Pictures (§2.1.2)."""

from mmbook.media.image.files import read_image, resize_image, write_image
