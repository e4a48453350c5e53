"""What a verification found, in words a user can act on."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Finding", "Report"]


@dataclass(frozen=True)
class Finding:
    """One fault: which part it is in, and what is wrong."""

    part: str
    problem: str


@dataclass
class Report:
    """The parts that were looked at with what was counted there, and every fault."""

    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether no fault was found."""
        return not self.findings

    def fault(self, part: str, problem: str) -> None:
        """Note a fault."""
        self.findings.append(Finding(part, problem))
