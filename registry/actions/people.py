"""Verbs about accounts: adding, disabling, a new password."""

from registry.actions.signin import end_sessions, hashed, require_password
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.permission import Actor, Role
from registry.store.account import Account, account_by_login
from registry.store.people import Person
from registry.store.session import WriteSession


def add_account(
    registry: Registry,
    actor: Actor,
    *,
    login: str,
    name: str,
    title: str,
    password: str | None = None,
    person_id: str | None = None,
) -> str:
    """Add an account for a new person, or a further one for a known person; returns the account's id.

    `name` is the person's name (encrypted), `title` what colleagues see. Raises BadInput, Refused.
    """
    require_admin(actor)
    if password is not None:
        require_password(password)
    with registry.store.write(actor) as session:
        if account_by_login(session, login):
            raise BadInput(Fault(msg("The sign-in name “{login}” is taken.", login=login), field="login"))
        if person_id is None:
            person = Person(name=name, verified_at=session.now)
            session.add(person)
            session.flush()
            person_id = person.id
        account = Account(
            login=login, person_id=person_id, title=title, password_hash=hashed(password) if password else None
        )
        session.add(account)
        session.record("account.add", f"account:{account.id}", person=person_id)
        return account.id


def require_admin(actor: Actor) -> None:
    """Only administrators may."""
    if not actor.has(Role.SYSTEM_ADMIN):
        raise Refused(msg("Only an administrator may do this."))


def known(session: WriteSession, login: str) -> Account:
    """An account by its sign-in name. Raises NotFound."""
    account = account_by_login(session, login)
    if account is None:
        raise NotFound(msg("There is no account “{login}”.", login=login))
    return account


def disable(registry: Registry, actor: Actor, *, login: str) -> None:
    """Disable an account and end its sessions. Raises NotFound, Refused."""
    require_admin(actor)
    with registry.store.write(actor) as session:
        account = known(session, login)
        account.disabled_at = session.now
        session.add(account)
        end_sessions(session, account)
        session.record("account.disable", f"account:{account.id}")


def reset_password(registry: Registry, actor: Actor, *, login: str, password: str) -> None:
    """Set a new password and end the account's sessions. Raises BadInput, NotFound, Refused."""
    require_admin(actor)
    require_password(password)
    with registry.store.write(actor) as session:
        account = known(session, login)
        account.password_hash = hashed(password)
        session.add(account)
        end_sessions(session, account)
        session.record("account.reset", f"account:{account.id}")
