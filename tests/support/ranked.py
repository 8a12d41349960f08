"""A rank under torchrun: `torchrun … -m tests.support.ranked KILLED:EPOCH:SIGNAL train …`.

The rank KILLED ends itself by a signal after an epoch; `-` for none. Digits are few.
"""

from __future__ import annotations

import os
import sys

from archspec.cli import main
from tests.support.ranks import few_and_mortal

if __name__ == "__main__":
    word = sys.argv.pop(1)
    killed, epoch, name = word.split(":") if word != "-" else ("", "0", "")
    with few_and_mortal((int(epoch), name) if os.environ["RANK"] == killed else None):
        main()
