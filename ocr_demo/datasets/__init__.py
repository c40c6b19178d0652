"""Labelled images of every kind of source, as glyphs."""

from ocr_demo.datasets.fetching import MANIFESTS, FontManifest, fetch_fonts, read_manifest
from ocr_demo.datasets.loading import (
    SOURCES,
    GlyphSet,
    load_glyphs,
    parse_spec,
    refuse_weights,
    source_of,
    usable_sources,
)
from ocr_demo.datasets.splits import grouped_split, stratified_split

__all__ = [
    "MANIFESTS",
    "SOURCES",
    "FontManifest",
    "GlyphSet",
    "fetch_fonts",
    "grouped_split",
    "load_glyphs",
    "parse_spec",
    "read_manifest",
    "refuse_weights",
    "source_of",
    "stratified_split",
    "usable_sources",
]
