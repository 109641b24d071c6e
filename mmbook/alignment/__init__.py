"""One clock, one canvas: streams put in line in time and in space (§2.1.3)."""

from mmbook.alignment.sounding_regions import SoundingRegion, locate_sound
