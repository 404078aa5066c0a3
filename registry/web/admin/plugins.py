"""The plugins of this registry: what each does, how it failed, and the switch."""

from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import Form, StringField

from registry.actions import plugins
from registry.base.errors import BadInput, Fault, NotFound
from registry.base.i18n import msg, nmsg
from registry.rules.permission import Role
from registry.store.region import Region
from registry.web.account.common import shown_faults
from registry.web.admin.sections import Section, page, section_blueprint
from registry.web.context import registry, require_actor
from registry.web.signed import moment

KEY = "plugins"
ROLES = frozenset({Role.SYSTEM_ADMIN})
blueprint = section_blueprint(KEY, __name__, ROLES)
SECTION = Section(
    blueprint,
    KEY,
    msg("Plugins"),
    msg("What is installed, what failed and where, switched off and on."),
    "admin_plugins.home",
    ROLES,
)


class SwitchForm(Form):
    """Why a plugin is switched."""

    reason = StringField(render_kw={"autocomplete": "off", "maxlength": "300"})


def switch_form() -> Form:
    """The form in the reader's language."""
    form = SwitchForm(request.form)
    form.reason.label.text, form.reason.flags.required = str(msg("Reason")), True
    return form


@blueprint.get("/")
def home() -> str:
    """Every plugin, those with failures first."""
    plugins.note_failures(registry())
    with registry().store.read(require_actor()) as session:
        rows = [row(one, session.get) for one in plugins.known(registry(), session)]
    return page("plugins", here=KEY, rows=sorted(rows, key=lambda r: not r["failures"]))


def row(one: plugins.Known, get: Any) -> dict[str, Any]:
    """A plugin, for people."""
    regions = [found.text if (found := get(Region, code)) else code for code in one.regions]
    return {
        "name": one.name,
        "version": one.version,
        "regions": regions,
        "hooks": one.hooks,
        "packs": one.packs,
        "tables": one.tables,
        "loaded": one.loaded,
        "enabled": one.enabled,
        "status": status(one),
        "since": moment(one.state.at) if one.state else None,
        "reason": one.state.reason if one.state else None,
        "failures": [
            {
                "hook": f.hook,
                "error": f.error,
                "traceback": f.traceback,
                "times": f.times,
                "last": moment(f.last_at),
            }
            for f in one.failures
        ],
        "url": url_for("admin_plugins.one", name=one.name),
    }


def status(one: plugins.Known) -> tuple[str, Any]:
    """The badge of a plugin, and its words."""
    if not one.enabled:
        return "ended", msg("switched off")
    if one.name not in registry().plugins.versions and not one.loaded:
        return "not_started", msg("not installed any more")
    if one.name in registry().plugins.not_allowed:
        return "not_started", msg("not allowed by the settings")
    if not one.loaded:
        return "refused", msg("cannot be loaded")
    if one.name in registry().plugins.without_tables:
        return "refused", msg("its tables are missing")
    if one.failures:
        return "returned", msg("failed lately")
    return "complete", msg("in order")


@blueprint.get("/<name>")
def one(name: str) -> str:
    """One plugin with its failures and the switch."""
    return one_page(name, switch_form())


def one_page(name: str, form: Form, problem: BadInput | None = None) -> str:
    """The page of a plugin, with what was typed. Raises NotFound."""
    plugins.note_failures(registry())
    faults: list[Fault] = shown_faults(form, problem)
    with registry().store.read(require_actor()) as session:
        found = next((p for p in plugins.known(registry(), session) if p.name == name), None)
        if found is None:
            raise NotFound(msg("There is no plugin “{name}”.", name=name))
        return page("plugin", here=KEY, plugin=row(found, session.get), form=form, faults=faults)


@blueprint.post("/<name>/switch")
def switch(name: str) -> Any:
    """Switch a plugin off or on."""
    form = switch_form()
    on = request.form.get("to") == "on"
    try:
        plugins.switch(registry(), require_actor(), name, on=on, reason=form.reason.data or "")
    except BadInput as problem:
        return one_page(name, form, problem), 400
    flash(str(msg("“{name}” is switched on.", name=name) if on else msg("“{name}” is switched off.", name=name)))
    return redirect(url_for(".one", name=name), 303)


@blueprint.post("/<name>/forget")
def forget(name: str) -> Any:
    """Take the failures from the list."""
    n = plugins.forget_failures(registry(), require_actor(), name)
    flash(str(nmsg("{n} failure is off the list.", "{n} failures are off the list.", n)))
    return redirect(url_for(".one", name=name), 303)
