"""`archspec report`: the page of a ladder of networks, with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.commands.options import Records

if TYPE_CHECKING:
    from archspec.report.page import Pictures
    from archspec.report.steps import Step

PAGE_ENDINGS = (".md", ".markdown")


def report(
    specs: Annotated[
        list[Path],
        typer.Argument(
            metavar="SPEC", help="Specs, in the order of the steps.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="The page; figures go to a folder beside it.")
    ] = Path("reports/ladder.md"),
    records: Records = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where the data lies, for pictures of the worst mistakes; by default "
            "ARCHSPEC_DATA. Nothing is downloaded.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Change nothing; exit with 1 if the page on disk is out of date."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a page that `report` did not write.")
    ] = False,
) -> None:
    """Write a page on networks that follow each other, from their specs and the kept records.

    Each step: target, what changed, table, results over seeds, curves, confusion matrix and worst
    mistakes of the best run, analysis, verdicts; at the end the published figures beside ours.
    References in notes, such as {params}, become numbers. Exits with 1 when a spec, a note or a
    record is faulty.

    Example: archspec report specs/step1.yaml specs/step2.yaml specs/step3.yaml
    """
    from archspec.commands.faults import exit_on_fault, print_faults
    from archspec.commands.telling import tell
    from archspec.diagnostics import Diagnostic, EnvironmentFault, UsageError
    from archspec.project import find_project
    from archspec.report.desk import Desk, Material
    from archspec.report.page import make_page
    from archspec.report.steps import make_steps
    from archspec.report.write import check_page, write_page

    with exit_on_fault():
        if output.suffix.lower() not in PAGE_ENDINGS or output.is_dir():
            fact, help = (
                f"{output} is no markdown file",
                "write such as `--output reports/ladder.md`",
            )
            raise UsageError([Diagnostic("wrong-usage", fact, None, help)])
        if records is not None and not records.is_dir():
            fact, help = (
                f"there is no folder {records}",
                "`archspec keep RUN` makes the first record",
            )
            raise EnvironmentFault([Diagnostic("missing-folder", fact, None, help)])
        material = Material(Desk(), records if records is not None else find_project().records)
        steps = make_steps(specs, material)
        pictures = None if check else _pictures(steps, data_dir)
        page = make_page(steps, material, output, pictures, draws=not check)
        print_faults(page.notices)
        is_faulty = any(notice.severity == "error" for notice in page.notices)
        if is_faulty:
            tell(f"{output}: left as it is: a note is faulty\n")
        elif check:
            command = f"archspec report {' '.join(map(str, specs))} --output {output}"
            found = check_page(page, output, command)
            print_faults(found)
            is_faulty = bool(found)
            tell(f"{output}: {'out of date' if found else 'up to date'}\n")
        else:
            written = write_page(page, output, force=force)
            count = len(written.changed)
            outcome = f"{count} of {written.total} files written" if count else "nothing to renew"
            tell(f"{output}: {outcome}\n")
    if is_faulty:
        raise typer.Exit(1)


def _pictures(steps: Sequence[Step], data_dir: Path | None) -> Pictures:
    """Return the pictures of the worst mistakes, of the steps whose data is at hand.

    There are none where a package is missing that reads them, which is printed, or draws them.
    Raises EnvironmentFault when the data is not where somebody says it is, SpecError
    (`foreign-data`) when it is not what the run was tested on.
    """
    import os
    from dataclasses import replace

    from archspec.commands.faults import print_faults
    from archspec.diagnostics import Diagnostic, SpecError
    from archspec.diagnostics.packages import why_not
    from archspec.report.best_run_section import worst_mistakes

    found: dict[str, dict[int, list[list[int]]]] = {}
    for step in steps:
        indices, data = worst_mistakes(step), step.spec.data
        is_at_hand = data_dir is not None or bool(os.environ.get("ARCHSPEC_DATA"))
        if not indices or data is None or not (is_at_hand or data.dataset == "Digits"):
            continue
        if why_not("matplotlib") is not None:
            break
        if obstacle := why_not("archspec.runtime.data"):
            fact = f"no pictures of the worst mistakes: {obstacle.message}"
            print_faults((replace(obstacle, message=fact, severity="warning"),))
            break
        from archspec.runtime.data import load_data

        dataset = load_data(data, data_dir=data_dir, place=step.spec.place)
        if step.best is not None and dataset.digest != step.best.dataset.digest:
            fact = (
                f"the {dataset.name} in {dataset.place} is not what {step.best.run} was tested on"
            )
            help = "give the folder with the data of that run"
            raise SpecError([Diagnostic("foreign-data", fact, None, help)])
        places = list(indices)
        found[step.name] = {
            index: (image[0] if len(image) == 1 else image[:3].permute(1, 2, 0)).tolist()
            for index, image in zip(places, dataset.test.read(places), strict=True)
        }
    return found
