"""Reading in bulk on many machines, as a stage of Ray Data (needs `ray[data]`).

    from ocr_demo.reading.ray_stage import read_with_ray
    read_with_ray("s3://pictures/", Readers(CHECKPOINTS, "latin")).write_json("s3://answers/")

Every machine needs this package, and the checkpoints under the same path.
"""

from typing import Any

import ray.data
from numpy.typing import NDArray

from ocr_demo.datasets.layout import IMAGE_EXTENSIONS
from ocr_demo.reading.bulk import AT_ONCE, Readers, answers_of, json_line

Column = NDArray[Any]


class ReadPictures:
    """A stage from the columns `path` and `bytes` to `image` and `answer`, a line of JSON."""

    def __init__(self, readers: Readers) -> None:
        self._library = readers.library()

    def __call__(self, batch: dict[str, Column]) -> dict[str, list[str]]:
        answers = list(answers_of(zip(batch["path"], batch["bytes"], strict=True), self._library))
        return {
            "image": [answer["image"] for answer in answers],
            "answer": [json_line(answer) for answer in answers],
        }


def read_with_ray(paths: str | list[str], readers: Readers, most: int = 1000) -> ray.data.Dataset:
    """A lazy data set of answers to all pictures below `paths`, by at most so many processes of one core."""
    pictures = ray.data.read_binary_files(
        paths, include_paths=True, file_extensions=sorted(each[1:] for each in IMAGE_EXTENSIONS)
    )
    return pictures.map_batches(
        ReadPictures,
        fn_constructor_args=(readers,),
        batch_size=AT_ONCE,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most),
    )
