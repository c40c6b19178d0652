"""The web page."""

from ocr_demo.web.app import create_app

__all__ = ["create_app"]
