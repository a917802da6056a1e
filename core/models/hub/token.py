"""The person's own token for the hub, kept in the system's keyring: never in a file of Tunesmith's, never in a log.

HF_TOKEN and `hf auth login` come first, since huggingface_hub reads them everywhere; the keyring's is used where there
is neither.
"""

from __future__ import annotations

import logging
import os
import re
from typing import Literal

from core.errors import TunesmithError
from core.models.hub.library import endpoint, hub_library

SERVICE, NAME = "tunesmith", "hub token"
SHOWN = 4  # last characters that tell one token from another
TokenSource = Literal["HF_TOKEN", "hf auth login", "keyring", "none"]

_TOKEN = re.compile(r"[\x21-\x7e]{8,512}")
_log = logging.getLogger(__name__)


def save_token(token: str) -> None:
    """Keep `token` in the system's keyring, in place of one that is there.

    Raises:
        TunesmithError: `hub.not_a_token`, `hub.no_keyring`, `hub.keyring_refused`.
    """
    text = token.strip()
    if not _TOKEN.fullmatch(text):
        raise TunesmithError(
            "hub.not_a_token",
            what="This is not a token of the hub.",
            why="It is empty, too short or too long, or holds spaces or other characters that no token has.",
            remedy=f"Copy it whole from {endpoint()}/settings/tokens; it begins with hf_.",
        )
    import keyring
    from keyring import errors

    try:
        keyring.set_password(SERVICE, NAME, text)
    except errors.NoKeyringError as error:
        raise _no_keyring() from error
    except errors.KeyringError as error:
        raise _refused(error) from error


def read_token() -> str | None:
    """The token in the keyring, or None: there is none, or no keyring. One that stays locked is told to the log.

    Raises nothing, since public models need no token.
    """
    import keyring
    from keyring import errors

    try:
        return keyring.get_password(SERVICE, NAME) or None
    except errors.NoKeyringError:
        return None  # nothing can have been kept there
    except errors.KeyringError as error:
        _log.warning("The keyring did not give the hub's token: %s", error)
        return None


def forget_token() -> bool:
    """Delete the token from the keyring; whether there was one.

    Raises:
        TunesmithError: `hub.no_keyring`, `hub.keyring_refused`.
    """
    import keyring
    from keyring import errors

    try:
        if keyring.get_password(SERVICE, NAME) is None:
            return False
        keyring.delete_password(SERVICE, NAME)
    except errors.NoKeyringError as error:
        raise _no_keyring() from error
    except errors.KeyringError as error:
        raise _refused(error) from error
    return True


def sign_in() -> str | None:
    """The token to send where huggingface_hub has none of its own; None where it has, or nobody has."""
    return None if hub_library().get_token() else read_token()


def token_in_use() -> tuple[TokenSource, str]:
    """(where the token that is sent comes from, its last characters); (`none`, nothing) where there is none."""
    own = hub_library().get_token()
    if own:
        from_environment = any(os.environ.get(name) for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))
        return ("HF_TOKEN" if from_environment else "hf auth login"), own[-SHOWN:]
    kept = read_token()
    return ("keyring", kept[-SHOWN:]) if kept else ("none", "")


def _no_keyring() -> TunesmithError:
    return TunesmithError(
        "hub.no_keyring",
        what="The token cannot be kept.",
        why="This system offers no keyring to keep it in, and Tunesmith writes no token into a file of its own.",
        remedy="Sign in with `hf auth login`, or set the token as HF_TOKEN; both work without a keyring.",
    )


def _refused(error: Exception) -> TunesmithError:
    return TunesmithError(
        "hub.keyring_refused",
        what="The system's keyring did not do what was asked.",
        why=f"It says: {str(error).strip() or type(error).__name__}.",
        remedy="Unlock it and try again; or sign in with `hf auth login`, or set the token as HF_TOKEN.",
    )
