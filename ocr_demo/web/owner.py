"""Who owns the app: whoever has its token, or whose Hugging Face Space it is."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from ocr_demo.errors import OptionError, OwnerError, UnknownOwnerError

TOKEN = "OCR_DEMO_OWNER_TOKEN"
SHORTEST = 16
"""Characters of a token; shorter ones can be guessed."""
LOGIN = (
    *("SPACE_ID", "SPACE_AUTHOR_NAME", "OPENID_PROVIDER_URL"),
    *("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES"),
)
"""What a Space with `hf_oauth` has. Without the secret Gradio signs its cookies with what everybody knows."""


@dataclass(frozen=True)
class Owner:
    """Tells the owner of this app from everybody else; without token and account there is none."""

    token: str = field(default="", repr=False)
    account: str = ""
    """The Hugging Face account whose Space this is."""

    @classmethod
    def of_environment(cls) -> "Owner":
        """The owner that this process's variables name; an `OptionError` for a token that can be guessed."""
        token = os.environ.get(TOKEN, "")
        if token and (len(token) < SHORTEST or not token.isascii()):
            raise OptionError(f"{TOKEN} must have at least {SHORTEST} characters, all of them ASCII")
        # elsewhere Gradio would log everybody in as whoever runs the app
        has_login = os.environ.get("SYSTEM") == "spaces" and all(os.environ.get(name) for name in LOGIN)
        return cls(token, os.environ["SPACE_AUTHOR_NAME"] if has_login else "")

    def has_token(self, given: str) -> bool:
        """Whether it is the owner's token; takes as long for a wrong one as for the right one."""
        return bool(self.token) and compare_digest(given.encode(), self.token.encode())

    def is_owner(self, request: Any) -> bool:
        """Whether a request comes from the owner: Starlette's, or Gradio's of an event at the page."""
        by_token = self.has_token(_bearer(_plain(request).headers))
        return by_token or (bool(self.account) and self.logged_in(request) == self.account)

    def require(self, request: Any) -> None:
        """An `OwnerError` where a request doesn't come from the owner."""
        if self.is_owner(request):
            return
        if not self.token and not self.account:
            raise OwnerError("this app has no owner; set {variable} where it runs", variable=TOKEN)
        if not _bearer(request.headers):
            raise self._unknown()
        raise OwnerError("this is not the owner's token")

    def _unknown(self) -> UnknownOwnerError:
        """Says how the owner is known."""
        token = UnknownOwnerError("send the owner's token, as Authorization: Bearer TOKEN")
        login = UnknownOwnerError("log in to Hugging Face as {account}", account=self.account)
        if self.token and self.account:
            return UnknownOwnerError("{token}, or {login}", token=token, login=login)
        return token if self.token else login

    def logged_in(self, request: Any) -> str:
        """The Hugging Face account that a request comes from; empty where it is unknown.

        It is told by a cookie, which browsers send along with what other sites have them ask for, too: from
        these nobody is known.
        """
        plain = _plain(request)
        if plain.headers.get("sec-fetch-site") != "same-origin":
            return ""
        login = plain.scope.get("session", {}).get("oauth_info", {})
        if login.get("expires_at", 0) <= time.time():
            return ""
        return login.get("userinfo", {}).get("preferred_username", "")


NOBODY = Owner()


def _plain(request: Any) -> Any:
    """Starlette's request, also of Gradio's."""
    return getattr(request, "request", None) or request


def _bearer(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
