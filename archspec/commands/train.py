"""`archspec train`: train a network on its data, write the run down, and judge its targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LARGEST_SEED = 2**63 - 1
RUNS_DIR = Path("runs")


def train(
    path: Annotated[
        Path | None, typer.Argument(metavar="SPEC", help="The spec.", show_default=False)
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a value; may be repeated."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Train on this dataset instead of the spec's, such as Digits, which needs no "
            "download. Targets that speak of other data are not judged then.",
            show_default=False,
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where the data lies; by default ARCHSPEC_DATA, else a cache with download.",
            show_default=False,
        ),
    ] = None,
    runs_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where the run's folder is made; by default runs.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST_SEED,
            help="Where all random numbers start; by default 0.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            metavar="N|LIST",
            help="Several seeds in processes of their own: 5 for 0 to 4, or 3,7,9. Each gives "
            "what it gives alone at the same number of threads.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            help="Seeds that train at once; by default the cores divided by the threads.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Go on with a run that stopped: its folder, or its record.json. It keeps its "
            "spec, options, seed, threads and device.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="auto, cpu, cuda or mps; by default auto.", show_default=False),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            help="CPU threads; by default as many as the network keeps busy. Runs repeat "
            "bit for bit at the same number.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the verdict only.")] = False,
    events: Annotated[bool, typer.Option("--events", hidden=True)] = False,
) -> None:
    """Train a network on real data and judge its measured targets.

    Leaves runs/<spec>/<time>-s<seed>/ with record.json, metrics.jsonl, best.pt, last.pt and
    evaluation.json. Exits with 1 when a target is contradicted or the training fails, with 3 when
    data, disk or device are not there. Ctrl-C keeps the checkpoints and exits with 130.

    Example: archspec train specs/step3.yaml --set train.epochs=3 --seed 1
    """
    from archspec.commands.faults import exit_on_fault

    given = {
        "SPEC": path,
        "--set": overrides,
        "--data": data,
        "--runs-dir": runs_dir,
        "--seed": seed,
        "--seeds": seeds,
        "--jobs": jobs,
        "--device": device,
        "--threads": threads,
    }
    with exit_on_fault():
        named = [name for name, value in given.items() if value not in (None, [])]
        _ensure_agreement(named, is_resumed=resume is not None)
        from archspec.commands.train_events import Events
        from archspec.commands.train_progress import make_progress
        from archspec.commands.train_run import conclude, make_task, train_anew

        if resume is not None:
            from archspec.commands.train_resume import resume as go_on

            resumed = go_on(resume, data_dir, make_progress(quiet))
            if resumed is None:
                return
            task, folder, record = resumed
        else:
            assert path is not None
            task = make_task(path, tuple(overrides or ()), data)
            device, runs_dir = device or "auto", runs_dir or RUNS_DIR
            if seeds is not None:
                from archspec.commands.train_seeds import Workers, train_seeds
                from archspec.commands.train_seeds_numbers import read_seeds
                from archspec.layers import REGISTRY

                wanted = read_seeds(seeds)
                arguments = [str(path), "--runs-dir", str(runs_dir), "--device", device, "--events"]
                arguments += [part for item in overrides or () for part in ("--set", item)]
                arguments += [] if data is None else ["--data", data]
                arguments += ["--plugins"] if REGISTRY.added else []
                arguments += [] if data_dir is None else ["--data-dir", str(data_dir)]
                workers = Workers(tuple(arguments), threads, jobs)
                raise typer.Exit(train_seeds(task, wanted, workers, quiet=quiet))
            if events:
                from archspec.runtime.workers import stop_with_parent

                stop_with_parent()
            progress = Events() if events else make_progress(quiet)
            folder, record = train_anew(
                task, data_dir, runs_dir, seed or 0, device, threads, progress
            )
            if events:
                return  # who listens judges
    if not conclude(task, folder, record):
        raise typer.Exit(1)


def _ensure_agreement(named: list[str], *, is_resumed: bool) -> None:
    """Refuse options that contradict each other; UsageError. named: those that were given."""
    from archspec.diagnostics import Diagnostic, UsageError

    if is_resumed and named:
        code, fact = "conflicting-options", f"--resume does not go with {' and '.join(named)}"
        help = "a resumed run goes on as it was begun: write `archspec train --resume RUN` alone"
    elif is_resumed:
        return
    elif "SPEC" not in named:
        code, fact = "missing-spec", "there is nothing to train"
        help = "name a spec, or a run with --resume"
    elif "--seed" in named and "--seeds" in named:
        code, fact = "conflicting-options", "--seeds does not go with --seed"
        help = "keep one of the two"
    elif "--jobs" in named and "--seeds" not in named:
        code, fact = "conflicting-options", "--jobs goes with --seeds only"
        help = "one run takes --threads"
    else:
        return
    raise UsageError([Diagnostic(code, fact, None, help)])
