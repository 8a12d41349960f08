"""`archspec train`: train a network on its data, write the run down, and judge its targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from archspec.analysis import Analysis
    from archspec.api import Network
    from archspec.record import RunRecord
    from archspec.runtime.run import RunFolder
    from archspec.spec import Spec

LARGEST_SEED = 2**63 - 1
INTERRUPTED = 130


def train(
    path: Annotated[Path, typer.Argument(metavar="SPEC", help="The spec.", show_default=False)],
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
        Path, typer.Option(metavar="FOLDER", help="Where the run's folder is made.")
    ] = Path("runs"),
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="Where all random numbers start.")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
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
) -> None:
    """Train a network on real data and judge its measured targets.

    Leaves runs/<spec>/<time>-s<seed>/ with record.json, metrics.jsonl, best.pt and last.pt. Exits
    with 1 when a target is contradicted or the training fails, with 3 when data, disk or device are
    not there. Ctrl-C keeps the checkpoints and exits with 130.

    Example: archspec train specs/step3.yaml --set train.epochs=3 --seed 1
    """
    from dataclasses import replace

    from archspec.api import load
    from archspec.commands.faults import exit_on_fault
    from archspec.spec import read_spec

    with exit_on_fault():
        options = tuple(overrides or ())
        if data is not None:
            options = (*options, f"data.dataset={data}")
        network = load(path, options)
        written = read_spec(path).spec if options else network.spec
        # Targets speak of the data that the file names, whatever the options put in its place.
        meant = written.data if written and written.data else network.spec.data
        is_other = meant and network.spec.data and meant.dataset != network.spec.data.dataset
        replaces = meant.dataset if meant and is_other else None
        folder, record = _run(
            network, options, replaces, data_dir, runs_dir, seed, device, threads, quiet
        )
    judged = replace(network.spec, data=meant)
    if not _conclude(judged, network.analysis, folder, record):
        raise typer.Exit(1)


def _run(
    network: Network,
    options: tuple[str, ...],
    replaces: str | None,
    data_dir: Path | None,
    runs_dir: Path,
    seed: int,
    device_name: str,
    threads: int | None,
    quiet: bool,
) -> tuple[RunFolder, RunRecord]:
    from archspec.runtime.threads import default_threads, wait_passively

    wait_passively()
    from archspec import __version__
    from archspec.commands.train_progress import make_progress
    from archspec.commands.train_text import head
    from archspec.runtime.data import load_data, split
    from archspec.runtime.device import choose_device
    from archspec.runtime.plan import plan_of, rehearse
    from archspec.runtime.run import carry_out, first_record, make_run_folder
    from archspec.runtime.trainer import Trainer

    spec = network.spec
    device = choose_device(device_name)
    section, recipe = plan_of(spec)
    rehearse(network.analysis)  # before data is loaded, which may be a long download
    dataset = load_data(section, data_dir=data_dir, place=spec.place)
    parts = split(dataset, section.validation, spec.place)
    with make_progress(quiet) as progress:
        trainer = Trainer(
            network.analysis,
            parts,
            len(dataset.classes),
            seed=seed,
            device=device,
            threads=threads or default_threads(network.analysis, recipe.batch_size),
            progress=progress,
        )
        folder = make_run_folder(runs_dir, spec.name, seed)
        record = first_record(
            trainer, dataset, folder, version=__version__, overrides=options, replaces=replaces
        )
        if not quiet:
            typer.echo(head(record, dataset.place, folder.path), nl=False)
        try:
            return folder, carry_out(trainer, folder, record)
        except KeyboardInterrupt:
            progress.stop()
            ended = len(trainer.epochs)
            typer.echo(f"interrupted after {ended} epochs; checkpoint: {folder.last}", err=True)
            raise typer.Exit(INTERRUPTED) from None


def _conclude(spec: Spec, analysis: Analysis, folder: RunFolder, record: RunRecord) -> bool:
    """Print what came out and the verdicts; return whether no target is contradicted."""
    import sys

    from archspec.commands.train_text import conclusion
    from archspec.diagnostics.text import wants_colour
    from archspec.judge import judge_claims, judge_targets
    from archspec.spec.quantities import STATIC

    targets = judge_targets(spec, analysis, record)
    claims = judge_claims(spec, analysis, record)
    measured = [v for v in claims if v.name not in (*STATIC, "table")]  # `check` has the others
    text = conclusion(record, folder.path, (*targets, *measured), wants_colour(sys.stdout))
    typer.echo(text, nl=False)
    return all(verdict.verdict != "contradicted" for verdict in targets)
