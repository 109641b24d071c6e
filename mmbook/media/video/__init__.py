"""Videos (§2.1.2)."""

from mmbook.media.video.files import Video, read_video, write_video
