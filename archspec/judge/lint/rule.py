"""What a lint rule is: its code, its reasons, and what it finds in a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from archspec.analysis import Analysis
from archspec.diagnostics import Diagnostic, Related, Span
from archspec.judge.lint.network import LintedNetwork
from archspec.values import dataclass


class Finding(NamedTuple):
    """One place where a rule speaks: the short fact with the received value, and the cure."""

    message: str
    span: Span
    help: str
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule and its page.

    summary: what it does, in one sentence. why: why it matters. example and instead: a spec that
    the rule finds fault with, and one that it does not. source: a paper or a well-known reference.
    find: gives what it finds, in any order; who calls it adds code and severity.
    """

    code: str
    severity: Literal["warning", "info"]
    summary: str
    why: str
    example: str
    instead: str
    source: str
    find: Callable[[LintedNetwork], Iterable[Finding]]

    def check(self, analysis: Analysis) -> tuple[Diagnostic, ...]:
        """Return what the rule finds in a network, whatever its spec allows."""
        return self.diagnostics(LintedNetwork(analysis))

    def diagnostics(self, network: LintedNetwork) -> tuple[Diagnostic, ...]:
        """Return what the rule finds, each place once.

        A line that a block or a repeat writes out many times speaks for all of them, and a default
        for all entries that it spoils.
        """
        network.inherited.clear()
        by_place: dict[str, list[Finding]] = {}
        for finding in self.find(network):
            by_place.setdefault(str(finding.span), []).append(finding)
        origins: dict[str, list[str]] = {}
        for place in by_place:
            if (origin := network.inherited.get(place)) is not None:
                origins.setdefault(str(origin), []).append(place)
        for places in origins.values():
            if len(places) > 1:
                origin = network.inherited[places[0]]
                found = [one for place in places for one in by_place.pop(place)]
                by_place[str(origin)] = [found[0]._replace(span=origin), *found[1:]]
        return tuple(self._diagnostic(first, len(more)) for first, *more in by_place.values())

    def _diagnostic(self, first: Finding, more: int) -> Diagnostic:
        message = f"{first.message}, and {more} more like it" if more else first.message
        return Diagnostic(
            self.code, message, first.span, first.help, self.severity, related=first.related
        )
