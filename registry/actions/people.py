"""Verbs about accounts: adding, disabling, a new password."""

from sqlmodel import select

from registry.actions import reach
from registry.actions.passwords import hashed, require_password, set_password
from registry.actions.sessions import end_sessions
from registry.base.errors import BadInput, Fault, NotFound, Refused
from registry.base.i18n import msg
from registry.host.registry import Registry
from registry.rules.identifiers import id_fault, phone_fault
from registry.rules.permission import Actor, Role
from registry.store.account import Account, account_by_login
from registry.store.crypto import BlindIndex
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
    id_number: str | None = None,
    phone: str | None = None,
) -> str:
    """Add an account for a new person, or a further one for a known person; returns the account's id.

    `name` is the person's name (encrypted), `title` what colleagues see. One ID number is one person: an account with a
    number that is known is that person's. Raises BadInput, Refused.
    """
    require_admin(actor)
    if password is not None:
        require_password(password, login=login)
    made = hashed(password) if password else None
    with registry.store.write(actor) as session:
        if account_by_login(session, login):
            raise BadInput(Fault(msg("The sign-in name “{login}” is taken.", login=login), field="login"))
        if person_id is None:
            person_id = person_of(session, registry.store.index, name, id_number, phone).id
        account = Account(login=login, person_id=person_id, title=title)
        session.add(account)
        session.flush()
        if made:
            set_password(session, account, made, registry.settings, own=False)
        session.record("account.add", f"account:{account.id}", person=person_id)
        return account.id


def person_of(session: WriteSession, index: BlindIndex, name: str, id_number: str | None, phone: str | None) -> Person:
    """The person with an ID number, found without decrypting any; a new one where there is none. Raises BadInput."""
    faults = [
        Fault(fault, field=field)
        for field, value, check in (("id_number", id_number, id_fault), ("phone", phone, phone_fault))
        if value and (fault := check(value))
    ]
    if faults:
        raise BadInput(faults)
    digest = index.of("id_number", id_number) if id_number else None
    known = session.exec(select(Person).where(Person.id_index == digest)).one_or_none() if digest else None
    if known:
        return session.get_one(Person, known.merged_into) if known.merged_into else known
    person = Person(name=name, id_number=id_number, id_index=digest, phone=phone, verified_at=session.now)
    person.phone_index = index.of("phone", phone) if phone else None
    session.add(person)
    session.flush()
    return person


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
        reach.forget(session, account.id)
        session.add(account)
        end_sessions(session, account)
        session.record("account.disable", f"account:{account.id}")


def reset_password(registry: Registry, actor: Actor, *, login: str, password: str) -> None:
    """Set a new password and end the account's sessions. Raises BadInput, NotFound, Refused."""
    require_admin(actor)
    require_password(password, login=login)
    made = hashed(password)
    with registry.store.write(actor) as session:
        account = known(session, login)
        set_password(session, account, made, registry.settings, own=False)
        end_sessions(session, account)
        session.record("account.reset", f"account:{account.id}")
