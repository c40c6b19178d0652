"""The page's tabs."""

from typing import Any

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Of an event that shows no progress and is no one's to call but the page's."""
