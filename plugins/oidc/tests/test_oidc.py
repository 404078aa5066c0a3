"""Single sign-on with a provider that runs in a process of its own, and tokens that must not be believed."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from registry_oidc import provider as conversation
from registry_oidc.provider import Provider
from registry_oidc.settings import OidcSettings
from sqlmodel import func, select
from werkzeug.serving import make_server

from registry.actions import accounts
from registry.api import Identity, NotBegunHere
from registry.app import create_app
from registry.host.plugins import Plugins
from registry.host.signon import auth_providers
from registry.rules.permission import SYSTEM
from registry.store.account import Account, account_by_login
from registry.testing import Kit, new_registry

pytestmark = pytest.mark.slow
KNOWN = {"sub": "u-17", "preferred_username": "xuyi-officer"}
SETTINGS = {"issuer": "https://sso.example.gov.cn", "client_id": "registry", "client_secret": "not a real one"}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider's address, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    command += ["--user-claims", json.dumps(KNOWN)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                requests.get(f"{address}/.well-known/openid-configuration", timeout=2).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.25)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


class Served:
    """A registry that is served, with a browser's worth of HTTP."""

    def __init__(self, kit: Kit, address: str) -> None:
        self.kit, self.address = kit, address

    def accounts(self) -> int:
        with self.kit.registry.store.read(SYSTEM) as session:
            return session.exec(select(func.count()).select_from(Account)).one()

    def to_provider(self, browser: requests.Session, target: str = "") -> str:
        """Click the button: the address at the provider."""
        answer = browser.get(
            f"{self.address}/en/sign-in/by/oidc", params={"next": target} if target else None, allow_redirects=False
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def sign_in(self, browser: requests.Session, subject: str, target: str = "") -> requests.Response:
        """The whole round."""
        return browser.post(self.to_provider(browser, target), data={"sub": subject}, timeout=30)


@pytest.fixture(scope="module")
def served(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The registry, set up for this provider."""
    port = free_port()
    kit = new_registry(tmp_path_factory.mktemp("oidc"))
    kit.registry.settings = kit.registry.settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            **SETTINGS,
            "issuer": provider,
            "login_claim": "preferred_username",
            "scope": "openid profile",
        }.items():
            patch.setenv(f"REGISTRY_OIDC_{name.upper()}", value)
        server = make_server("127.0.0.1", port, create_app(kit.registry), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(kit, f"http://127.0.0.1:{port}")
        server.shutdown()
        thread.join(timeout=10)
    kit.registry.close()


def test_button_leads_to_the_provider_and_back_to_the_page_that_was_asked_for(served: Served) -> None:
    browser = requests.Session()
    page = browser.get(f"{served.address}/sign-in")
    assert "单位统一登录" in page.text and "/sign-in/by/oidc" in page.text
    there = served.to_provider(browser)
    assert "code_challenge_method=S256" in there and "nonce=" in there and "state=" in there
    answer = served.sign_in(browser, "u-17", target="/en/desk/cases")
    assert answer.status_code == 200 and answer.url == f"{served.address}/en/desk/cases"
    assert "xuyi-officer" in answer.text


def test_unknown_person_gets_a_sentence_and_no_account(served: Served) -> None:
    before = served.accounts()
    answer = served.sign_in(requests.Session(), "somebody-else")
    assert answer.status_code == 401 and "没有您的账号" in answer.text or "no account here is yours" in answer.text
    assert served.accounts() == before


def test_linked_subject_opens_its_account_whatever_it_is_called_there(served: Served) -> None:
    registry = served.kit.registry
    accounts.link(registry, SYSTEM, login="city-officer2", provider="oidc", subject="linked-1")
    answer = served.sign_in(requests.Session(), "linked-1")
    assert answer.status_code == 200 and "city-officer2" in answer.text
    with registry.store.read(SYSTEM) as session:
        account = account_by_login(session, "city-officer2")
        assert account and account.external_id == "oidc:linked-1"


def test_answer_of_another_browser_or_a_second_time_is_refused(served: Served) -> None:
    victim, attacker = requests.Session(), requests.Session()
    back = attacker.post(served.to_provider(attacker), data={"sub": "u-17"}, allow_redirects=False).headers["Location"]
    assert victim.get(back).status_code == 401, "nothing was begun in this browser"
    served.to_provider(victim)
    assert victim.get(back).status_code == 401, "another sign-in was begun in this browser"
    assert attacker.get(back).status_code == 200
    assert attacker.get(back).status_code == 401, "used"


def test_who_declines_at_the_provider_is_back_at_the_sign_in_page(served: Served) -> None:
    browser = requests.Session()
    answer = browser.post(served.to_provider(browser), data={"action": "deny"})
    assert answer.status_code == 401 and 'name="password"' in answer.text


def test_provider_that_is_down_is_told_and_passwords_still_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {**SETTINGS, "issuer": f"http://127.0.0.1:{free_port()}"}.items():
        monkeypatch.setenv(f"REGISTRY_OIDC_{name.upper()}", value)
    kit = new_registry(tmp_path)
    client = create_app(kit.registry).test_client()
    answer = client.get("/en/sign-in/by/oidc")
    assert answer.status_code == 401 and "does not answer" in answer.text and 'name="password"' in answer.text
    kit.registry.close()


def test_plugin_gives_nothing_when_unset_and_is_named_when_half_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"REGISTRY_OIDC_{name}", raising=False)
    plugins = Plugins.load()
    assert auth_providers(plugins) == {} and plugins.failures == []
    monkeypatch.setenv("REGISTRY_OIDC_ISSUER", SETTINGS["issuer"])
    assert auth_providers(plugins) == {}
    (failure,) = plugins.failures
    assert failure.plugin == "oidc" and "REGISTRY_OIDC_CLIENT_SECRET" in failure.error


def test_provider_is_reached_encrypted_only() -> None:
    with pytest.raises(ValueError, match="https"):
        OidcSettings(**{**SETTINGS, "issuer": "http://sso.example.gov.cn"})


KEY = RSAKey.generate_key(2048, parameters={"kid": "k1"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "k1"})


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The plugin with a provider that is only its documents."""
    documents = {
        "openid-configuration": {
            "issuer": SETTINGS["issuer"],
            "jwks_uri": "jwks",
            "authorization_endpoint": "https://x",
            "token_endpoint": "https://x",
        },
        "jwks": {"keys": [KEY.as_dict(private=False)]},
    }
    monkeypatch.setattr(conversation, "fetched", lambda address: documents[address.rpartition("/")[2]])
    return Provider(OidcSettings(**SETTINGS))


def token(key: Any = KEY, alg: str = "RS256", **claims: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": SETTINGS["issuer"], "aud": "registry", "sub": "u", "nonce": "n", "iat": now, "exp": now + 60}
    said = {k: v for k, v in {**good, **claims}.items() if v is not None}
    return {"id_token": jwt.encode({"alg": alg, "kid": "k1"}, said, key, algorithms=[alg])}


BAD = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "for another registry": {"aud": "another"},
    "for another sign-in": {"nonce": "other"},
    "without a nonce": {"nonce": None},
    "expired": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "of nobody": {"sub": None},
    "signed by somebody else": {"key": OTHER},
    "signed with the shared secret": {
        "key": OctKey.import_key("not a real one but long enough for HS256"),
        "alg": "HS256",
    },
}


@pytest.mark.parametrize("claims", BAD.values(), ids=BAD)
def test_token_is_not_believed(claims: dict[str, Any], offline: Provider) -> None:
    assert offline.identity(offline.claims(token(), "n")) == Identity("u")
    with pytest.raises(Exception):  # noqa: B017 – whichever it is, the core tells it as a failure of the other system
        offline.claims(token(**claims), "n")


def test_state_is_compared_before_anything_is_fetched(offline: Provider) -> None:
    kept = {"state": "s", "nonce": "n", "verifier": "v"}
    for answer in ({"code": "c"}, {"code": "c", "state": "t"}, {"code": "c", "state": ""}):
        with pytest.raises(NotBegunHere):
            offline.finish("https://here", answer, kept)
    with pytest.raises(ValueError, match="issuer"):
        offline.finish("https://here", {"code": "c", "state": "s", "iss": "https://elsewhere.example"}, kept)


def test_provider_that_calls_itself_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "fetched", lambda address: {"issuer": "https://elsewhere.example"})
    with pytest.raises(ValueError, match="calls itself"):
        Provider(OidcSettings(**SETTINGS)).about()
