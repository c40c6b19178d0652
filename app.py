"""Serves the page: `python app.py --help` tells the options."""

import sys

from ocr_demo.errors import OcrDemoError, OptionError
from ocr_demo.reading.library import Library
from ocr_demo.reading.versions import promoted_home
from ocr_demo.settings import USUAL, parse_settings
from ocr_demo.teaching.lending import announce
from ocr_demo.web import create_app
from ocr_demo.web.logs import start_logging
from ocr_demo.web.owner import Owner
from ocr_demo.web.server import serve
from ocr_demo.web.uploads import own_folder


def main() -> int:
    """Serves until stopped; gives the process's exit code: 0 done, 1 failed, 2 wrong options."""
    try:
        settings, owner = parse_settings(), Owner.of_environment()
        # one glyph is too little to share out: waiting for another thread costs more
        chosen = settings.checkpoint or USUAL
        library = Library(settings.checkpoints, chosen, threads=1, promoted=promoted_home())
        for name in library.readers(library.chosen):
            library.predictor(name)  # what can't be loaded fails here, not before the first user
        start_logging(settings.log)
        with own_folder():
            announce()
            app = create_app(settings, library, owner)
            serve(app, settings)
    except OcrDemoError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
