"""The factory of the web application: reading it is reading the house."""

import os
from contextlib import suppress
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from registry.actions import plugins
from registry.base.errors import RegistryError, Unavailable
from registry.base.paths import resource
from registry.base.settings import load, load_demo
from registry.host.registry import Registry
from registry.web import (
    account,
    admin,
    apply,
    demo,
    desk,
    errors,
    history,
    invitation,
    public,
    security,
    signin,
    templating,
)
from registry.web.language import LanguageMiddleware


def create_app(registry: Registry) -> Flask:
    """The application that serves one opened registry."""
    app = Flask("registry", template_folder=str(resource("templates")), static_folder=str(resource("static")))
    app.config.update(
        SECRET_KEY=registry.settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=registry.settings.upload_limit + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked by the gate, after the sign-in, so that an ended session loses no text
        WTF_CSRF_TIME_LIMIT=None,
        SESSION_COOKIE_NAME="registry_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=registry.settings.secure_cookies,
    )
    app.extensions["registry"] = registry
    signin.csrf.init_app(app)
    templating.set_up(app)
    security.set_up(app)
    for blueprint in (public.blueprint, signin.blueprint, apply.blueprint, desk.blueprint):
        app.register_blueprint(blueprint)
    for blueprint in (
        account.blueprint,
        invitation.blueprint,
        admin.blueprint,
        history.blueprint,
        *(section.blueprint for section in admin.SECTIONS),
    ):
        app.register_blueprint(blueprint)
    if registry.demonstration:
        app.register_blueprint(demo.blueprint)
    app.teardown_request(lambda error: write_failures_down(registry))
    app.register_error_handler(RegistryError, errors.registry_error)
    app.register_error_handler(CSRFError, errors.csrf_error)
    app.register_error_handler(HTTPException, errors.http_error)
    app.register_error_handler(Exception, errors.unexpected)
    app.wsgi_app = LanguageMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    if registry.settings.trusted_proxies:
        hops = registry.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    return app


def write_failures_down(registry: Registry) -> None:
    """What failed of plugins while a request was served is seen by the administrator, whichever process it was."""
    if registry.plugins.failures:
        with suppress(Unavailable):  # it is logged, and tried again after the next request
            plugins.note_failures(registry)


def serve() -> Flask:
    """What the application server's workers call: a registry of the environment's settings."""
    demonstration = os.environ.get("REGISTRY_DEMONSTRATION")
    settings = load_demo(Path(os.environ["REGISTRY_DATA_DIR"])) if demonstration else load()
    registry = Registry.open(settings)
    if not demonstration:
        registry.refuse_demonstration()
    return create_app(registry)
