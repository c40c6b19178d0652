"""Trains a model: python train.py --config configs/latin.yaml [--any-option value]."""

import argparse
import sys
from dataclasses import fields
from pathlib import Path

import tyro
import yaml

from ocr_demo.arguments import refuse_repeated
from ocr_demo.errors import OcrDemoError, OptionError
from ocr_demo.storage import data_home
from ocr_demo.training.options import TrainingOptions
from ocr_demo.training.precision import is_emulated
from ocr_demo.training.processes import joined_processes
from ocr_demo.training.train import settled, train


def parse(arguments: list[str] | None = None) -> TrainingOptions:
    """Options from the command line, over those of --config, over the defaults."""
    refuse_repeated(sys.argv[1:] if arguments is None else arguments)
    path, rest = _recipe(arguments)
    recipe = TrainingOptions.from_yaml(path) if path else TrainingOptions()
    description = "Trains a model that reads single characters. --config RECIPE.yaml sets all other defaults."
    return tyro.cli(TrainingOptions, args=rest, default=recipe, description=description, prog="train.py")


def given(arguments: list[str] | None = None) -> dict[str, str]:
    """The options that the command line sets, each with what sets it: its own flag, or --config."""
    path, rest = _recipe(arguments)
    recipe = yaml.safe_load(Path(path).read_text(encoding="utf-8")) if path else {}
    names = [option.name for option in fields(TrainingOptions)]
    flags = {name: "--config" for name in names if name in recipe}
    for flag in (word.partition("=")[0] for word in rest if word.startswith("--")):
        name = flag[2:].replace("-", "_").partition(".")[0]
        flags |= {each: flag for each in names if name in (each, f"no_{each}")}
    return flags


def _recipe(arguments: list[str] | None) -> tuple[str | None, list[str]]:
    """The path that --config gives, and the arguments beside it."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--config")
    known, rest = first.parse_known_args(arguments)
    return known.config, rest


def main() -> int:
    try:
        options = settled(parse(), data_home(), given())
        with joined_processes(options.device) as processes:
            if processes.leads:
                print(options.to_yaml(), file=sys.stderr)
                if is_emulated(options.precision, processes.device):
                    print("this processor has no bf16: training in float32", file=sys.stderr)
            last = options.epochs
            for epoch in train(options, data_home(), processes, show=True):
                last = epoch.epoch
                if processes.leads:
                    print(epoch, flush=True)
            if processes.leads:
                if last < options.epochs:
                    print(f"stopped early: {options.patience} epochs in a row were no better")
                print(f"wrote {options.output}/{options.name}")
    except (OcrDemoError, OSError) as error:  # a full disk, for one
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    except KeyboardInterrupt:
        print("stopped; --resume goes on after the last finished epoch", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
