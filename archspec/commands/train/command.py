"""`archspec train`: train a network on its data, write the run down, and judge its targets."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.commands.options import DataDir, Overrides

if TYPE_CHECKING:
    from archspec.record.listener import Listener
    from archspec.runtime.train.go_on import Done

LARGEST_SEED = 2**63 - 1
INTERRUPTED = 130
RUNS_DIR = Path("runs")


def train(
    path: Annotated[
        Path | None, typer.Argument(metavar="SPEC", help="The spec.", show_default=False)
    ] = None,
    overrides: Overrides = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Train on this dataset instead of the spec's, such as Digits, which needs no "
            "download. Targets that speak of other data are not judged then.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
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
    tensorboard: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write event files for TensorBoard there, each epoch; needs the package "
            "tensorboard.",
            show_default=False,
        ),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="Torch's own modules step by step, nothing rewritten for speed; the same result "
            "to rounding, but for which values dropout drops.",
        ),
    ] = False,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="float32|bfloat16",
            help="Of the multiplications in training; bfloat16 trades exactness for speed where "
            "the device has it. By default float32.",
            show_default=False,
        ),
    ] = None,
    compiled: Annotated[
        bool,
        typer.Option("--compile", help="Compile the network by torch.compile, which takes time."),
    ] = False,
    profile: Annotated[
        bool,
        typer.Option(
            "--profile",
            help="Measure where the time of a step goes; print a table, and leave trace.json in "
            "the run's folder.",
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the verdict only.")] = False,
    events: Annotated[bool, typer.Option("--events", hidden=True)] = False,
) -> None:
    """Train a network on real data and judge its measured targets.

    Leaves runs/<spec>/<time>-s<seed>/ with record.json, metrics.jsonl, best.pt, last.pt and
    evaluation.json. Exits with 1 when a target is contradicted or the training fails, with 3 when
    data, disk or device are not there. Ctrl-C and SIGTERM keep the checkpoints and exit with 130.

    Started by torchrun, the ranks share each batch; with --seeds, they share the seeds.

    Example: archspec train specs/step3.yaml --set train.epochs=3 --seed 1
    """
    from archspec.commands.faults import exit_on_fault
    from archspec.commands.telling import tell

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
        "--exact": exact or None,
        "--precision": precision,
        "--compile": compiled or None,
        "--profile": profile or None,
    }
    with exit_on_fault():
        named = [name for name, value in given.items() if value not in (None, [])]
        from archspec.commands.train.seeds import read_seeds
        from archspec.commands.train.text import conclude
        from archspec.runtime.machine.ranks import meeting, together
        from archspec.runtime.train.go_on import resume as go_on
        from archspec.runtime.train.settings import read_settings
        from archspec.runtime.train.start import Interrupted
        from archspec.runtime.train.start import train as train_one

        def agree() -> tuple[int, ...]:
            _ensure_agreement(named, is_resumed=resume is not None)
            read_settings(exact=exact, precision=precision, compiled=compiled)
            return read_seeds(seeds) if seeds is not None else ()

        device, runs_dir = device or "auto", runs_dir or RUNS_DIR
        with meeting(patient=seeds is not None) as world:
            numbers = together(world, agree)
            if numbers:
                assert path is not None
                from archspec.commands.train.board import Board
                from archspec.commands.train.seeds import conclude_seeds
                from archspec.runtime.train.seeds import train_seeds

                trained = train_seeds(
                    path,
                    numbers,
                    overrides or (),
                    data=data,
                    data_dir=data_dir,
                    runs_dir=runs_dir,
                    device=device,
                    threads=threads,
                    exact=exact,
                    precision=precision,
                    compiled=compiled,
                    tensorboard=tensorboard,
                    jobs=jobs,
                    show=partial(Board, quiet=quiet),
                    world=world,
                )
                raise typer.Exit(conclude_seeds(trained) if trained else 0)
            listeners: list[Listener] = []
            profiled = None
            if world is None or world.is_first:
                from archspec.commands.train.profile import Profiled

                listeners += _listeners(quiet, events, tensorboard)
                profiled = Profiled() if profile else None
                listeners += [profiled] if profiled else []
            done: Done = "trained"
            try:
                if resume is not None:
                    run, done = go_on(resume, data_dir=data_dir, listeners=listeners, world=world)
                else:
                    assert path is not None
                    run = train_one(
                        path,
                        overrides or (),
                        seed=seed or 0,
                        data=data,
                        data_dir=data_dir,
                        runs_dir=runs_dir,
                        device=device,
                        threads=threads,
                        exact=exact,
                        precision=precision,
                        compiled=compiled,
                        listeners=listeners,
                        phases=profiled.phases if profiled else None,
                        world=world,
                    )
            except Interrupted as stop:
                tell(f"{stop}\n", to_errors=True)
                raise typer.Exit(INTERRUPTED) from None
        if run is None or events:
            return  # another process judges
        if done != "trained":
            wrote = "; wrote its evaluation.json" if done == "evaluated" else ""
            tell(f"nothing to train: {run.folder} is finished{wrote}\n")
        elif not conclude(run):
            raise typer.Exit(1)


def _listeners(quiet: bool, events: bool, tensorboard: Path | None) -> list[Listener]:
    """Return who listens to a training: whoever shows it, and who writes event files."""
    from archspec.commands.train.listeners import shown
    from archspec.runtime.machine.threads import wait_passively
    from archspec.runtime.machine.workers import stop_with_parent
    from archspec.runtime.train.events import Events

    listeners: list[Listener] = []
    if events:
        stop_with_parent()
        listeners.append(Events())
    else:
        listeners += shown(quiet)
    if tensorboard is not None:
        wait_passively()  # torch comes in with the next line
        from archspec.runtime.train.tensorboard import TensorBoard

        listeners.append(TensorBoard(tensorboard))
    return listeners


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
    elif "--profile" in named and "--seeds" in named:
        code, fact = "conflicting-options", "--profile does not go with --seeds"
        help = "profile one run, with --seed"
    elif "--jobs" in named and "--seeds" not in named:
        code, fact = "conflicting-options", "--jobs goes with --seeds only"
        help = "one run takes --threads"
    else:
        return
    raise UsageError([Diagnostic(code, fact, None, help)])
