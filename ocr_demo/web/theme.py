"""How the page looks: ink and vermilion on paper, in fonts that come with Gradio or the system."""

from pathlib import Path

from gradio.themes import Base, Color
from gradio.themes.utils.fonts import LocalFont

from ocr_demo.web.words import ENGLISH, Words

STYLES = ("page.css", "reading.css", "report.css", "canvas/pad.css", "lessons/teach.css", "lessons/owner.css")

VERMILION = Color(
    *("#fff4f0", "#ffe4da", "#ffc8b5", "#ffa386", "#ff7f59", "#e9532b"),
    *("#c33d18", "#9f3115", "#7c2814", "#5f2113", "#3a110a"),
    name="vermilion",
)
STONE = Color(
    *("#fdfcfa", "#f6f4ef", "#e8e4db", "#d3cdc1", "#a39c8f", "#756f64"),
    *("#5b564d", "#45413a", "#2b2925", "#201e1b", "#161513"),
    name="stone",
)

RESTORE_THEME = """
() => {
  const asked = new URLSearchParams(location.search).get("__theme");
  let kept = null;
  try {
    kept = localStorage.getItem("ocr_demo.theme");
  } catch { /* a page inside another may not keep anything */ }
  if (!asked && kept) document.body.classList.toggle("dark", kept === "dark");
}
"""
REOPEN = """
document.addEventListener("mousedown", ({ target }) => {
  // Gradio opens a list as it gets the focus; one that was closed with Escape has it still
  const closed = target.matches("[role=combobox][aria-expanded=false]");
  if (closed && target === document.activeElement) target.blur();
}, true);
"""


def head(words: Words) -> str:
    """The page's head: scripts, and our styles, which Gradio's `css` would narrow to its inner container."""
    folder = Path(__file__).parent
    styles = [f"<style>\n{(folder / name).read_text(encoding='utf-8')}</style>" for name in STYLES]
    translation = "" if words == ENGLISH else words.files(folder / "gradio.js")
    return "\n".join([*styles, f"<script>\n{REOPEN}{translation}</script>"])


def paper_theme() -> Base:
    """The theme; what it can't say is in page.css."""
    theme = Base(
        primary_hue=VERMILION,
        secondary_hue=VERMILION,
        neutral_hue=STONE,
        radius_size="lg",
        # of the weights between these two Gradio carries a few letters alone
        font=[LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "monospace"],
    )
    return theme.set(
        body_background_fill="*neutral_100",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="*neutral_50",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_100",
        background_fill_secondary_dark="*neutral_800",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        border_color_accent="*primary_600",
        border_color_accent_dark="*primary_400",
        color_accent="*primary_600",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="*neutral_800",
        link_text_color="*primary_600",
        link_text_color_dark="*primary_400",
        block_background_fill="*neutral_50",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_400",
        block_radius="14px",
        block_shadow="none",
        input_background_fill="*neutral_50",
        input_background_fill_dark="*neutral_900",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_400",
        input_radius="9px",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_text_color="white",
        button_secondary_background_fill="*neutral_50",
        button_secondary_background_fill_dark="*neutral_900",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        button_secondary_text_color="*neutral_800",
        button_secondary_text_color_dark="*neutral_200",
        table_even_background_fill="*neutral_50",
        table_even_background_fill_dark="*neutral_900",
        table_odd_background_fill="*neutral_100",
        table_odd_background_fill_dark="#252320",
    )
