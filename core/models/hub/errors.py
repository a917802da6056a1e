"""What went wrong with the hub, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import TunesmithError
from core.models.hub.library import endpoint, hub_library


@contextmanager
def reaching(id: str, revision: str = "") -> Iterator[None]:
    """Turn what `huggingface_hub` and its connection raise inside into errors for the person.

    Raises:
        TunesmithError: `hub.offline`, `hub.gated`, `hub.not_found`, `hub.no_revision`, `hub.bad_token`, `hub.busy`,
            `hub.refused`, `hub.no_network`.
    """
    hub_library()
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise _offline(id) from error
    except errors.GatedRepoError as error:
        raise _gated(id) from error
    except errors.RepositoryNotFoundError as error:
        raise _not_found(id) from error
    except (errors.RevisionNotFoundError, errors.RemoteEntryNotFoundError) as error:
        raise _no_revision(id, revision) from error
    except errors.HfHubHTTPError as error:
        raise _refused(id, error.response.status_code) from error
    except httpx2.HTTPError as error:
        raise no_network(id, error) from error


def no_network(id: str, error: Exception) -> TunesmithError:
    """The hub cannot be reached."""
    return TunesmithError(
        "hub.no_network",
        what="The hub cannot be reached.",
        why=f"The connection to {endpoint()} failed: {str(error).strip() or type(error).__name__}.",
        remedy="Check the network and any proxy, then try again. Models that are already here work without it.",
        where=id,
    )


def bad_id(id: str) -> TunesmithError:
    """What was typed cannot be the name of a repository."""
    return TunesmithError(
        "hub.bad_id",
        what=f"“{id}” is not a hub id.",
        why="A hub id is owner/name, of letters, digits, hyphens, dots and underscores.",
        remedy="Copy the id from the top of the model's page on the hub.",
        where=id,
    )


def _offline(id: str) -> TunesmithError:
    return TunesmithError(
        "hub.offline",
        what="The hub is not asked, because offline mode is on.",
        why="The environment variable HF_HUB_OFFLINE is set.",
        remedy="Unset it and start Tunesmith again, or choose a model that is already here.",
        where=id,
    )


def _not_found(id: str) -> TunesmithError:
    return TunesmithError(
        "hub.not_found",
        what=f"There is no model “{id}” on the hub.",
        why="No repository has that name, or it is private and you are not signed in.",
        remedy="Check the spelling on the model's page. For a private model, give your token first, with "
        "`tunesmith token save` or `hf auth login`.",
        where=id,
    )


def _gated(id: str) -> TunesmithError:
    return TunesmithError(
        "hub.gated",
        what=f"“{id}” may be downloaded only by those who accepted its licence.",
        why="Its owner asks everybody to agree to the terms on its page, and the hub has no agreement from you yet.",
        remedy=f"Open {endpoint()}/{id}, sign in and accept the terms. Then make a token for reading at "
        f"{endpoint()}/settings/tokens and give it to Tunesmith (`tunesmith token save` keeps it in the system's "
        "keyring), to `hf auth login`, or set it as HF_TOKEN.",
        where=f"{endpoint()}/{id}",
    )


def _no_revision(id: str, revision: str) -> TunesmithError:
    return TunesmithError(
        "hub.no_revision",
        what=f"“{id}” has no revision “{revision or 'main'}”, or a file of it is gone.",
        why="The hub knows the model, but not that branch, tag or commit of it.",
        remedy="Leave the revision empty to get the newest.",
        where=id,
    )


def _refused(id: str, status: int) -> TunesmithError:
    if status in (401, 403):
        return TunesmithError(
            "hub.bad_token",
            what="The hub does not accept your sign-in for this model.",
            why=f"It answered {status}: the token is wrong or old, or does not cover this model.",
            remedy="Give Tunesmith a new one with `tunesmith token save`, sign in again with `hf auth login`, or "
            "correct HF_TOKEN.",
            where=id,
        )
    if status == 429 or status >= 500:
        return TunesmithError(
            "hub.busy",
            what="The hub is busy.",
            why=f"It answered {status}{', too many requests' if status == 429 else ''}.",
            remedy="Try again in a few minutes.",
            where=id,
        )
    return TunesmithError(
        "hub.refused",
        what="The hub did not give what was asked.",
        why=f"It answered {status}.",
        remedy="Check the id, then try again.",
        where=id,
    )
