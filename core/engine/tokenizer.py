"""Loading a tokenizer from a folder, without what only a model needs: reading data then starts twice as soon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from core.engine.failures import first_line
from core.errors import TunesmithError


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`, with a padding token.

    Raises:
        TunesmithError: `model.no_tokenizer`.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise TunesmithError(
            "model.no_tokenizer",
            what="The model's tokenizer cannot be loaded.",
            why=says(error),
            remedy="Put tokenizer.json and tokenizer_config.json of the model into its folder.",
            where=str(folder),
        ) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    return tokenizer


def says(error: Exception) -> str:
    """What transformers says of a file that it cannot use, in one line."""
    return f"transformers says: {first_line(error).rstrip('.')}."
