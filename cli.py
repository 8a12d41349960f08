"""Launcher for a bare checkout: `python cli.py check specs/step3.yaml`."""

from __future__ import annotations

import sys

ENVIRONMENT = 3
"""Exit code for faults of the environment, as everywhere in archspec."""


def main() -> int:
    """Run the archspec command line from this folder, installed or not.

    Returns:
        0, unless the command line left with a code of its own; 3 when Python is too old or a
        package that archspec needs is missing.
    """
    if sys.version_info < (3, 11):  # noqa: UP036, a bare checkout is started by any Python at hand
        print(
            f"archspec needs Python 3.11 or newer; this is {sys.version.split()[0]}",
            file=sys.stderr,
        )
        return ENVIRONMENT
    try:
        from archspec.cli import main as run

        run()
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] == "archspec":
            raise
        print(
            f"archspec needs packages that this Python does not have: no module '{missing.name}'\n"
            "  help: run `make setup` once, then .venv/bin/archspec;\n"
            "        or, in a virtual environment of your own, `python -m pip install -e .`",
            file=sys.stderr,
        )
        return ENVIRONMENT
    return 0


if __name__ == "__main__":
    sys.exit(main())
