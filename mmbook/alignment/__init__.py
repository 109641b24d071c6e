"""One clock, one canvas: streams put in line in time and in space (§2.1.3)."""

from mmbook.alignment.captions_in_time import find_subtitles, words_on_screen
from mmbook.alignment.clocks import (
    Clock,
    change_speed,
    cross_correlation,
    delay,
    find_clock,
    find_clock_by_windows,
    find_offset,
    fit_clock,
    parabola_peak,
    resample_track,
    undo_clock,
    window_offsets,
)
from mmbook.alignment.events import (
    EventScore,
    blinks,
    cuts,
    dips,
    event_offset,
    find_events,
    match_events,
    mouth_openings,
    onsets,
    peaks,
    rise,
    score_events,
)
from mmbook.alignment.grounding import find_regions, ground, iou, pointing_hit
from mmbook.alignment.sounding_regions import SoundingRegion, locate_sound
from mmbook.alignment.text_regions import find_text, tie_words
from mmbook.alignment.tracks import (
    EYES,
    MOUTH,
    contrast,
    eye_opening,
    frame_middles,
    loudness_track,
    mouth_opening,
    picture_change,
)
from mmbook.alignment.warping import Warping, distances, dtw, warp_times
from mmbook.alignment.words import align_words, voice_features
