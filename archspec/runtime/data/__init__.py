"""Data sets as tensors: found or generated, checked, prepared, and split."""

from archspec.runtime.data.digits import make_digits
from archspec.runtime.data.load import OFFERED, load_data
from archspec.runtime.data.model import Dataset, Images
from archspec.runtime.data.split import Split, split

__all__ = ["OFFERED", "Dataset", "Images", "Split", "load_data", "make_digits", "split"]
