"""Sound (§2.1.2)."""

from mmbook.media.audio.files import (
    decode_mono,
    log_mel,
    mix_at_snr,
    read_audio,
    resample,
    to_range,
    trim_silence,
    write_audio,
)
