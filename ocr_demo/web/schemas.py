"""What the API answers, as its description (`/docs`) has it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ocr_demo.web.problems import Problem

Share = Annotated[float, Field(ge=0, le=1)]
Ranked = list[tuple[str, Share]]


class ReadingAnswer(BaseModel):
    """What one picture is read as; the same as `python -m ocr_demo predict --json` prints."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    label: str = Field(alias="class", description="The likeliest label.")
    confidence: Share = Field(description="Its calibrated probability.")
    top5: Ranked = Field(description="The five likeliest labels with their probabilities, likeliest first.")
    is_character: bool = Field(description="False: blank, or unlike anything the network was trained on.")
    is_blank: bool = Field(
        description="There is no ink, or none that is 12 of 255 levels darker or lighter than its ground."
    )
    checkpoint: str = Field(description="What read.")
    top: Ranked | None = Field(None, description="As many of the likeliest as `top` asked for, if it did.")


class BatchItem(BaseModel):
    """One picture of several: its reading, or why there is none."""

    file: str | None = Field(description="The file's name as it was sent.")
    reading: ReadingAnswer | None = None
    problem: Problem | None = None


class BatchAnswer(BaseModel):
    """What several pictures are read as, in the order in which they were sent."""

    results: list[BatchItem]


class ComparedAnswer(BaseModel):
    """What was served and the candidate on one set."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    role: Literal["new data", "reference"]
    images: int
    before: Share = Field(description="The accuracy of what was served.")
    after: Share = Field(description="The candidate's accuracy.")
    accepted_before: Share = Field(description="The share that was taken for characters.")
    accepted_after: Share


class PromotionAnswer(BaseModel):
    """How a version came to read."""

    model_config = ConfigDict(from_attributes=True)

    checkpoint: str
    version: str
    replaced: str = Field(description="The version that read before, which a rollback brings back.")
    candidate: str
    fingerprint: str = Field(description="Of the weights.")
    by: str
    time: str
    figures: list[ComparedAnswer]


class PromotionStateAnswer(BaseModel):
    """How the promotion stands that was asked for last."""

    id: str
    checkpoint: str = Field(description="In whose place the candidate is to read.")
    candidate: str
    started: str = Field(description="When it was asked for, in UTC, ISO 8601.")
    stage: Literal["waiting", "measuring", "promoted", "refused", "cancelled", "failed"] = Field(
        description="Waiting: what to measure on is made ready. After the first two nothing changes any more."
    )
    measuring: str = Field(description="The set that is read, or was last.")
    share: Share = Field(description="How much of all sets has been read.")
    seconds_left: Annotated[float, Field(ge=0)] | None = Field(
        description="About how long reading the rest takes."
    )
    reason: str = Field(description="Why it was refused or failed.")
    version: str = Field(description="What it reads as, where it was promoted.")
    figures: list[ComparedAnswer] = Field(description="What was measured, where it was promoted or refused.")


class VersionAnswer(BaseModel):
    """A version of a checkpoint."""

    version: str
    served: bool
    promotion: PromotionAnswer | None = None


class ArmAnswer(BaseModel):
    """What people made of the readings of one of two checkpoints."""

    checkpoint: str
    agreed: int = Field(description="Readings that were found right.")
    corrected: int
    agreement: Share | None = Field(description="The share that was found right.")


class ArmsAnswer(BaseModel):
    """Two checkpoints that share the traffic, or the one that has all of it."""

    share: Share = Field(description="Of the clients that the second reads for.")
    arms: list[ArmAnswer]
    chance: Share | None = Field(description="How likely so large a difference is by chance (Fisher's test).")


class ServedAnswer(BaseModel):
    """What reads now."""

    checkpoint: str
    version: str


class CheckpointAnswer(BaseModel):
    """A checkpoint that can read."""

    name: str
    default: bool = Field(description="Whether it reads where none is named.")
    version: str = Field(description="The promoted version that reads under this name, or shipped.")
    architecture: str
    alphabet: str
    labels: list[str] = Field(description="What it can tell apart.")


class Status(BaseModel):
    """That all is well."""

    status: Literal["ok"] = "ok"
