"""Figures of the book: one palette (safe for the colour-blind), one size, one font, white paper in light and dark mode.

Every function returns a closed `Figure`: as the last line of a cell it is shown once.
"""

from mmbook.plotting._cjk import CJK_FONT
from mmbook.plotting.alignment import errors_and_aim, event_rows, tracks_on_one_clock, warping_path
from mmbook.plotting.charts import (
    bar_with_limits,
    before_and_after,
    block_diagram,
    condition_table,
    confusion,
    contributions,
    curves,
    distribution,
    gains,
    grouped_bars,
    history,
    padding,
    table_panels,
)
from mmbook.plotting.collecting import learning_curves, size_against_loss
from mmbook.plotting.media import clip_overview, clip_table, image_sheet, model_inputs, spectrogram
from mmbook.plotting.overview import one_clock, paired_map, seed_curves, size_bars
from mmbook.plotting.pictures import picture_table
from mmbook.plotting.regions import level_panels, marked_pictures, sound_maps, word_spans
from mmbook.plotting.sound import curve_panels, segment_strips, sound_table, time_frequency, wave_and_spectrum
from mmbook.plotting.style import (
    BLUE,
    GREEN,
    GREY,
    MODALITY_COLOURS,
    ORANGE,
    PALETTE,
    PURPLE,
    SIZE,
    SKY,
    VERMILION,
    YELLOW,
    new_figure,
    use_style,
)
from mmbook.plotting.text import rank_frequency, size_tradeoff, tag_strips, word_lattice
from mmbook.plotting.timeline import dated_values, timeline
from mmbook.plotting.video import cut_timeline, frame_strips, packet_sizes
