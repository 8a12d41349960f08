"""Trains for ever in children that this program kills: `python endless.py ROOT COUNT SEED`."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from archspec.runtime.train.folder import make_run_folder
from archspec.runtime.train.run import carry_out, first_record
from tests.support.tiny import dataset, make_trainer

LONGEST_SECONDS = 1.5


def train_for_ever(root: Path) -> None:
    """Train until killed."""
    root.mkdir()
    trainer = make_trainer(root, "train.epochs=1000000")
    folder = make_run_folder(root, "tiny", trainer.seed)
    carry_out(trainer, folder, first_record(trainer, dataset(), folder, version="0"))


def main() -> None:
    """Start a child for each moment and kill it by then."""
    root, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    moments = random.Random(seed)
    for number in range(count):
        # A copy of this process, so that torch is imported once.
        child = os.fork()
        if child == 0:
            train_for_ever(root / str(number))
        time.sleep(moments.uniform(0.0, LONGEST_SECONDS))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
