"""Database triggers, one function a purpose."""

from collections.abc import Sequence


def append_only(table: str, dialect: str) -> list[str]:
    """Statements that make a table refuse UPDATE, DELETE and (where there is such a thing) TRUNCATE."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for what in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    ]


def append_only_but(table: str, dialect: str, closed: Sequence[str]) -> list[str]:
    """Statements that narrow a table's triggers: from now on only the `closed` columns refuse UPDATE."""
    of = ", ".join(f'"{column}"' for column in closed)
    if dialect == "sqlite":
        of += ", rowid, oid, _rowid_"
        return [
            *(f"DROP TRIGGER IF EXISTS {table}_no_{what}" for what in ("update", "delete")),
            *(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                for name, what in (("update", f"UPDATE OF {of}"), ("delete", "DELETE"))
            ),
        ]
    return [
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OF {of} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ]
