"""Data sets as tensors: found or generated, checked, prepared, and split."""

from archspec.runtime.data.digits import make_digits
from archspec.runtime.data.load import OFFERED, load_data
from archspec.runtime.data.model import Dataset, Images, LabelledImages, Places, closed_at_end
from archspec.runtime.data.split import Splits, split
from archspec.runtime.data.streamed import Streamed

__all__ = [
    "OFFERED",
    "Dataset",
    "Images",
    "LabelledImages",
    "Places",
    "Splits",
    "Streamed",
    "closed_at_end",
    "load_data",
    "make_digits",
    "split",
]
