"""Alembic's environment: the engine comes from the caller; SQLite runs in batch mode with foreign keys off.

It runs the migrations of a plugin too: the caller then names the plugin's version table, and what must be true after.
"""

from alembic import context
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from registry.base.errors import Broken
from registry.base.i18n import msg
from registry.store.schema import metadata
from registry.store.table import Encrypted, Json

PLAIN = {
    Encrypted: "sa.LargeBinary()",
    Json: "sa.Text()",
    AutoString: "sa.String({})",
    UTCDateTime: "sa.DateTime(timezone=True)",
}
"""Our types and SQLModel's as the database knows them, so that old migrations need no code of ours."""


def render_item(type_: str, item: object, autogen_context: object) -> str | bool:
    """A column's type in a new migration."""
    plain = PLAIN.get(type(item)) if type_ == "type" else None
    return plain.format(getattr(item, "length", None) or "") if plain else False


given = context.config.attributes
engine, check = given["engine"], given.get("check")

with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # must be said outside a transaction: batch mode rebuilds tables, and cascades would empty the others
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
    try:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            transactional_ddl=True,  # SQLite can; alembic thinks it cannot. All of an upgrade or nothing
            version_table=given.get("version_table", "alembic_version"),
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise Broken(
                    msg("The migration would leave a row of {table} without what it refers to.", table=broken[0])
                )
            if check:
                check(connection)
        connection.commit()
    finally:
        connection.rollback()
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")
