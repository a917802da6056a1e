"""Makes the starter model from nothing: `python -m scripts.starter.train`. Seeded."""

from __future__ import annotations

import argparse
import itertools
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from scripts.starter.corpus import Writer
from scripts.starter.tokenizer import ASSISTANT, END, USER, build_tokenizer

OUTPUT = Path(__file__).resolve().parents[2] / "resources" / "starter"
SEED = 7
STEPS = 1800
PEAK_LEARNING_RATE = 3e-3
WARMUP_STEPS = 40
WEIGHT_DECAY = 0.05
TOKENS_PER_STEP = 1024
POOL = 2_000  # conversations that are sorted by length together, so that batches need little padding
ECHOES = 200  # added to each pool
MAX_LENGTH = 1024
THREADS = 2
IGNORED = -100  # the label that cross entropy leaves out

Row = tuple[list[int], list[int]]  # token ids, and 1 where the assistant speaks


def build_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A Llama of 2.1 million parameters with random weights; every width is a multiple of 64, as NF4 blocks need."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        intermediate_size=576,
        num_hidden_layers=4,
        num_attention_heads=3,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=MAX_LENGTH,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def batches(tokenizer: PreTrainedTokenizerFast, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """(input_ids, labels), each [rows, length] of int64; only the assistant's words have labels.

    Padding is on the right, where a causal model's earlier tokens cannot see it: no attention mask is needed.
    """
    conversations = Writer(seed).conversations()
    rng = random.Random(seed)
    while True:
        encoded = tokenizer.apply_chat_template(
            list(itertools.islice(conversations, POOL)), return_dict=True, return_assistant_tokens_mask=True
        )
        rows = list(zip(encoded["input_ids"], encoded["assistant_masks"], strict=True))
        rows += [echo(tokenizer, rng) for _ in range(ECHOES)]
        rows.sort(key=lambda row: len(row[0]))
        pool = []
        while rows:
            count = max(1, TOKENS_PER_STEP // len(rows[-1][0]))
            pool.append(_collate(rows[-count:], tokenizer.pad_token_id))
            del rows[-count:]
        rng.shuffle(pool)
        yield from pool


def echo(tokenizer: PreTrainedTokenizerFast, rng: random.Random) -> Row:
    """A request to repeat a few tokens drawn from the whole vocabulary, and its fulfilment.

    Most entries of the vocabulary are never said in an answer. Without this their output vectors would drift together,
    and a person who tunes the model on words of their own could not teach it to tell them apart.
    """
    user, end, assistant = tokenizer.convert_tokens_to_ids([USER, END, ASSISTANT])
    said = rng.choices(range(len(tokenizer.all_special_ids), len(tokenizer)), k=rng.randint(3, 10))
    asked = [user, *tokenizer.encode("Repeat: ", add_special_tokens=False), *said, end, assistant]
    return [*asked, *said, end], [0] * len(asked) + [1] * (len(said) + 1)


def _collate(rows: list[Row], pad: int) -> tuple[Tensor, Tensor]:
    length = max(len(ids) for ids, _ in rows)
    inputs = torch.full((len(rows), length), pad)
    labels = torch.full((len(rows), length), IGNORED)
    for place, (ids, mask) in enumerate(rows):
        inputs[place, : len(ids)] = torch.tensor(ids)
        labels[place, : len(ids)] = torch.where(torch.tensor(mask) == 1, torch.tensor(ids), IGNORED)
    return inputs, labels


def learning_rate_share(step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to nothing."""
    if step < WARMUP_STEPS:
        return (step + 1) / WARMUP_STEPS
    return 0.5 * (1 + math.cos(math.pi * (step - WARMUP_STEPS) / max(1, steps - WARMUP_STEPS)))


def answer_loss(model: LlamaForCausalLM, inputs: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy over the labelled tokens; the head is applied to their positions alone, a third of all."""
    hidden = model.model(input_ids=inputs, use_cache=False).last_hidden_state[:, :-1]
    following = labels[:, 1:]
    spoken = following != IGNORED
    return cross_entropy(model.lm_head(hidden[spoken]), following[spoken])


def train(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, steps: int, seed: int) -> None:
    """Trains `model` in place for `steps` steps of at most `TOKENS_PER_STEP` tokens."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK_LEARNING_RATE, betas=(0.9, 0.95), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_share(step, steps))
    model.train()
    started, recent = time.monotonic(), 0.0
    for step, (inputs, labels) in enumerate(itertools.islice(batches(tokenizer, seed), steps), start=1):
        loss = answer_loss(model, inputs, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        recent = loss.item() if step == 1 else 0.95 * recent + 0.05 * loss.item()
        if step % 50 == 0:
            print(f"step {step}/{steps}  loss {recent:.4f}  {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    tokenizer = build_tokenizer(SEED, MAX_LENGTH)
    model = build_model(tokenizer)
    print(f"{model.num_parameters():,} parameters, {len(tokenizer)} tokens")
    train(model, tokenizer, arguments.steps, SEED)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, max_new_tokens=64
    )
    model.to(torch.bfloat16).save_pretrained(arguments.output)
    tokenizer.save_pretrained(arguments.output)


if __name__ == "__main__":
    main()
