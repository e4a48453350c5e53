"""Tenure: the whole customer lifecycle as a library. Begin with `shop = tenure.open("my-shop")`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenure.workspace import Workspace
    from tenure.workspace import init as init
    from tenure.workspace import open_workspace as open

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__", "init", "open"]


def __getattr__(name: str) -> Any:
    """Load the workspace only when asked, so that `import tenure.value` stays quick."""
    if name in ("Workspace", "init", "open"):
        from tenure import workspace

        return workspace.open_workspace if name == "open" else getattr(workspace, name)
    raise AttributeError(f"module 'tenure' has no attribute '{name}'")
