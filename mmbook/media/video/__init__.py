"""Videos (§2.1.2)."""

from mmbook.media.video.avi import write_avi
from mmbook.media.video.files import Video, read_frames_at, read_video, write_video
from mmbook.media.video.frame_rate import METHODS, change_frame_rate, frame_clock, nearest_frames
from mmbook.media.video.shots import (
    colour_histograms,
    cut_precision_recall,
    find_cuts,
    frame_differences,
    key_frames,
    lasting_cuts,
    match_cuts,
    split_shots,
)
from mmbook.media.video.sound import sample_bounds
