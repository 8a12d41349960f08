"""The one wing that imports torch: build, data, augmentation, training."""
