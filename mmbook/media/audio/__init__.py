"""Sound (§2.1.2)."""

from mmbook.media.audio.denoising import (
    estimate_noise_power,
    noise_power,
    spectral_gate,
    spectral_subtraction,
    wiener_filter,
)
from mmbook.media.audio.files import decode_mono, read_audio, resample, to_range, write_audio
from mmbook.media.audio.levels import apply_gain, loudness, mix_at_snr, rms_db, set_loudness, snr_db, trim_silence
from mmbook.media.audio.quality import log_spectral_distance, musical_tones, segmental_snr_db
from mmbook.media.audio.segmentation import (
    Segment,
    energy_segments,
    fixed_windows,
    frames_to_segments,
    segments_to_frames,
    speech_probability,
    speech_segments,
)
from mmbook.media.audio.spectrum import (
    hann,
    hz_to_mel,
    istft,
    log_mel,
    mel_filters,
    mel_spectrogram,
    mel_to_hz,
    mfcc,
    power_to_db,
    spectrum,
    stft,
)
from mmbook.media.audio.tempo import phase_vocoder, pitch, pitch_shift, pitch_track, time_stretch
