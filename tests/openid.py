"""A stand-in for Hugging Face's login over loopback: an OpenID provider that asks nobody for a password."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.hub import served


class Provider:
    """Who logs in next; nobody, if they refuse to let the app know."""

    def __init__(self) -> None:
        self.name = ""
        self.address = ""


def provider_app(provider: Provider) -> FastAPI:
    """What the provider answers: its description, the page to log in at, and the token."""
    app = FastAPI()
    key = ECKey.generate_key("P-256", auto_kid=True)
    nonces: dict[str, str] = {}

    @app.get("/.well-known/openid-configuration")
    def configuration() -> dict[str, object]:
        return {
            "issuer": provider.address,
            "authorization_endpoint": f"{provider.address}/oauth/authorize",
            "token_endpoint": f"{provider.address}/oauth/token",
            "jwks_uri": f"{provider.address}/keys",
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    @app.get("/keys")
    def keys() -> dict[str, object]:
        return {"keys": [key.as_dict(private=False)]}

    @app.get("/oauth/authorize")
    def authorize(redirect_uri: str, state: str, scope: str, nonce: str) -> RedirectResponse:
        assert scope == "openid profile"
        nonces["code"] = nonce
        given = {"code": "code"} if provider.name else {"error": "access_denied"}
        return RedirectResponse(f"{redirect_uri}&{urlencode({**given, 'state': state})}")

    @app.post("/oauth/token")
    async def token(request: Request) -> dict[str, object]:
        asked = dict(parse_qsl((await request.body()).decode()))
        now = int(time.time())
        claims = {
            "iss": provider.address,
            "aud": "app",
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": nonces.pop(asked["code"]),
            "preferred_username": provider.name,
        }
        signed = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
        return {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "id_token": signed}

    return app


def space_of(account: str, provider: Provider) -> dict[str, str]:
    """The variables of somebody's Space with this login."""
    return {
        "SYSTEM": "spaces",
        "SPACE_ID": f"{account}/reader",
        "SPACE_AUTHOR_NAME": account,
        "OAUTH_CLIENT_ID": "app",
        "OAUTH_CLIENT_SECRET": "secret",
        "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": provider.address,
    }


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider on a socket."""
    provider = Provider()
    with served(provider_app(provider)) as provider.address:
        yield provider
