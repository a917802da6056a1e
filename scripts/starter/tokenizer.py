"""The starter model's byte-level BPE tokenizer, learned from the generator's text."""

from __future__ import annotations

import itertools
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from scripts.starter.corpus import Writer

VOCABULARY = 2048
PAD, END, SYSTEM, USER, ASSISTANT = "<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"
CONVERSATIONS = 30_000
CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja")


def build_tokenizer(seed: int, max_length: int) -> PreTrainedTokenizerFast:
    """A tokenizer of `VOCABULARY` entries, any byte representable, with the chat template and distinct pad and end."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, END, SYSTEM, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    drawn = itertools.islice(Writer(seed).conversations(), CONVERSATIONS)
    tokenizer.train_from_iterator((turn["content"] for messages in drawn for turn in messages), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        model_max_length=max_length,
        padding_side="right",
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE.read_text(encoding="utf-8").strip(),
    )
