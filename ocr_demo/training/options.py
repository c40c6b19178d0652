"""Everything that a training can be told, in one place."""

from dataclasses import asdict, dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError

from ocr_demo.characters import alphabet_named
from ocr_demo.errors import OptionError, misfits
from ocr_demo.models import MODELS


@dataclass(frozen=True)
class TrainingOptions:
    """How a model is trained. Contradictions raise `OptionError`, which names the option."""

    data: list[str] = field(default_factory=lambda: ["fonts", "scenes"])
    """Sources (folder:PATH, npz:PATH, emnist[:SPLIT], drawings:npz:PATH, marred:SPEC, fonts[:PATH],
    scenes[:PATH]), each with an optional weight: npz:PATH@0.5 draws half of its images in each epoch."""
    name: str = "mine"
    """The checkpoint's name: what is written to is `output`/`name`."""
    output: str = "checkpoints"
    """The folder of checkpoints."""
    alphabet: str = "latin"
    """latin (0-9A-Z) or arabic (28 letters)."""
    model: str = "glyphnet"
    """The architecture: glyphnet, ocrcnn, ocrcnn_bn, deep, vgg11_bn or resnet18."""
    model_arguments: dict[str, float] = field(default_factory=dict)
    """The architecture's own arguments, such as dropout: 0.2."""
    pretrained: bool = False
    """Start from ImageNet weights (vgg11_bn and resnet18 alone)."""
    start_from: str = ""
    """A checkpoint's folder, or hub:OWNER/NAME, whose weights to start from, another alphabet's too; empty:
    random weights."""
    teachers: list[str] = field(default_factory=list)
    """Such checkpoints of the same alphabet, whose mean answers are learnt beside the labels."""
    distillation: float = 0.5
    """How much of what is learnt is the teachers' answers, 0..1; the rest are the labels."""
    freeze: bool = False
    """Train the last layer alone; batch norm keeps its statistics."""
    validation: float = 0.05
    """The share of each source kept for validation, stratified."""
    validation_seed: int = 0
    """Which images that are. Runs on the same data that build on one another keep the same ones, whatever
    their `seed`: what one has learnt, another must not be validated on."""
    epochs: int = 20
    batch_size: int = 256
    """Images a step, over all processes together; fewer where an epoch would have fewer than eight steps."""
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    scheduler: Literal["plateau", "cosine", "step", "exponential", "onecycle", "none"] = "cosine"
    """plateau halves after 2 epochs without gain; cosine and onecycle move at every step."""
    warmup: float = 0.05
    """The share of all steps over which cosine climbs to the learning rate."""
    label_smoothing: float = 0.0
    class_balance: bool = False
    """Weigh classes by the inverse of how often they occur."""
    clip_gradient: float = 0.0
    """The largest norm of a step's gradient; 0 leaves it alone."""
    patience: int = 5
    """Stop after so many epochs in which neither validation accuracy rose nor its loss fell; 0 never does."""
    averaging: float = 0.0
    """The decay of an exponential moving average of the weights, which is then what is kept; 0 is off."""
    augmentation: Literal["off", "light", "full", "whole"] = "light"
    """whole is full without lost parts, for letters that differ by their dots."""
    outliers: float = 0.0
    """Shapes that are no characters, made from each batch, as a share of it; the model learns to refuse them
    (outlier exposure, Hendrycks et al. 2019)."""
    outlier_data: list[str] = field(default_factory=list)
    """Sources of images that are no characters of the alphabet (scripts[:PATH], others:ALPHABET:SPEC,
    clutter[:COUNT], npz:PATH): half of the outliers are drawn from them, from scripts@0.5 half of its
    images."""
    precision: Literal["off", "bf16", "fp16"] = "off"
    """Mixed precision; fp16 scales gradients and needs a GPU. Processors without bf16 train in float32."""
    half: bool = False
    """Store the weights in float16: half the file, read as float32 again."""
    channels_last: bool = False
    compile: bool = False
    """Compile the network (torch.compile), which needs a C++ compiler."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    seed: int = 0
    resume: bool = False
    """Go on with the newest unfinished run of this name, with the options it was started with."""

    def __post_init__(self) -> None:
        alphabet_named(self.alphabet)
        for name, choice in get_type_hints(type(self)).items():
            choices = get_args(choice) if get_origin(choice) is Literal else ()
            if choices and getattr(self, name) not in choices:
                raise OptionError(
                    f"{name}: unknown {getattr(self, name)!r}; choose from {', '.join(choices)}"
                )
        if self.model not in MODELS:
            raise OptionError(f"model: unknown {self.model!r}; choose from {', '.join(MODELS)}")
        self._require(bool(self.data), "data", "name at least one source")
        plain = bool(self.name) and not self.name.startswith(".") and not set(self.name) & set("/\\")
        self._require(plain, "name", "a folder's name, without / and without a dot at its start")
        if self.outlier_data and not self.outliers:
            raise OptionError("outlier_data: draws nothing while outliers is 0; give --outliers 0.1 too")
        self._require(self.epochs >= 1, "epochs", "at least 1")
        self._require(self.batch_size >= 2, "batch_size", "at least 2")
        self._require(0 < self.learning_rate < inf, "learning_rate", "above 0")
        self._require(0 < self.validation < 1, "validation", "between 0 and 1")
        for name in ("seed", "validation_seed"):
            self._require(0 <= getattr(self, name) < 2**31, name, "0 or more, below 2**31")
        for name in ("label_smoothing", "averaging", "outliers", "warmup", "distillation"):
            self._require(0 <= getattr(self, name) < 1, name, "0 or more, below 1")
        for name in ("weight_decay", "clip_gradient", "patience"):
            self._require(0 <= getattr(self, name) < inf, name, "0 or more")
        if self.pretrained and self.model not in ("vgg11_bn", "resnet18"):
            raise OptionError(
                f"pretrained: there are ImageNet weights for vgg11_bn and resnet18, not for {self.model}"
            )
        if self.freeze and not (self.pretrained or self.start_from):
            raise OptionError("freeze: it would freeze random weights; give --pretrained or --start-from too")
        if self.pretrained and self.start_from:
            raise OptionError("pretrained: start_from's weights would take the place of ImageNet's; give one")

    def _require(self, condition: bool, option: str, rule: str) -> None:
        if not condition:
            raise OptionError(f"{option}: must be {rule}; is {getattr(self, option)!r}")

    @classmethod
    def from_yaml(cls, path: Path | str) -> "TrainingOptions":
        """The options of a recipe; `OptionError` names what it has that is no option."""
        try:
            recipe = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise OptionError(f"config: {path} can't be read as YAML: {reason}") from error
        if not isinstance(recipe, dict):
            raise OptionError(f"config: {path} holds no options; write lines such as `epochs: 10`")
        recipe.pop("origins", None)  # what a shipped recipe tells of its data
        known = sorted(option.name for option in fields(cls))
        if unknown := sorted(str(name) for name in recipe if name not in known):
            raise OptionError(f"config: {path} has {', '.join(unknown)}; choose from {', '.join(known)}")
        off = {name: "off" for name in ("augmentation", "precision") if recipe.get(name) is False}
        return cls._of_values({**recipe, **off}, path)  # YAML takes a bare off for false

    @classmethod
    def _of_values(cls, recipe: dict[str, Any], path: Path | str) -> "TrainingOptions":
        """The options, each made what its type says: YAML takes 1e-3, without a dot, for text."""
        try:
            return TypeAdapter(cls).validate_python(recipe)
        except ValidationError as error:
            raise OptionError(f"config: {path}: {'; '.join(misfits(error))}") from error

    def to_yaml(self) -> str:
        """The options as a recipe that `train.py --config` takes."""
        return yaml.safe_dump(asdict(self), sort_keys=False, allow_unicode=True)
