"""Pictures (§2.1.2)."""

from mmbook.media.image.augmentation import AugmentationSettings, augment, pipeline
from mmbook.media.image.denoising import denoise_bilateral, denoise_gaussian, denoise_median, denoise_non_local_means
from mmbook.media.image.enhancement import (
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_hue,
    adjust_saturation,
    equalise,
    equalise_adaptive,
    sharpen,
)
from mmbook.media.image.files import read_image, resize_image, write_image
from mmbook.media.image.geometry import crop, crop_centre, letterbox, pad, resize
from mmbook.media.image.noise import gaussian_noise, salt_and_pepper
from mmbook.media.image.normalisation import (
    IMAGENET,
    ChannelStatistics,
    channel_statistics,
    denormalise,
    normalise,
    normalise_each,
)
from mmbook.media.image.quality import psnr, ssim, ssim_map
