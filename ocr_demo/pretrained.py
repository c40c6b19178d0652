"""A checkpoint's network for programs that use PyTorch, as Hugging Face's `from_pretrained` gives it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from huggingface_hub import PyTorchModelHubMixin, snapshot_download
from torch import Tensor, nn

from ocr_demo.checkpoint import CONFIG, WEIGHTS, Contract, load_checkpoint
from ocr_demo.storage import write_json
from ocr_demo.weights import save_weights


class CharacterNetwork(nn.Module, PyTorchModelHubMixin, library_name="ocr_demo", license="mit"):
    """A network with its contract: `CharacterNetwork.from_pretrained("OWNER/NAME")`, or of a folder.

    The weights come from safetensors alone and must fit the contract, or a `CheckpointError` says how not.
    """

    def __init__(self, network: nn.Module, contract: Contract) -> None:
        super().__init__()
        self.network, self.contract = network, contract

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, labels) of images (N, 1, 64, 64), from -1 (ground) to 1 (ink)."""
        return self.network(images)

    def _save_pretrained(self, save_directory: Path) -> None:
        save_weights(save_directory / WEIGHTS, self.network)
        write_json(save_directory / CONFIG, asdict(self.contract))

    @classmethod
    def _from_pretrained(cls, *, model_id: str, **where: Any) -> "CharacterNetwork":
        folder = Path(model_id)
        if not folder.is_dir():
            folder = Path(snapshot_download(model_id, allow_patterns=[CONFIG, WEIGHTS], **where))
        checkpoint = load_checkpoint(folder)
        return cls(checkpoint.network(), checkpoint.contract)
