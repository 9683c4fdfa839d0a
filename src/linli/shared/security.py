"""SQL that migrations use to let the database keep its promises: append-only tables and row-level security."""

EVERYTHING = "(SELECT current_setting('linli.everything', true)) = 'on'"
_AREA = "(SELECT current_setting('linli.area', true))"
UNIT = "(SELECT nullif(current_setting('linli.unit', true), '')::bigint)"


def in_area(column: str) -> str:
    """Return the condition that a code column lies under the session's area."""
    return f"({_AREA} <> '' AND starts_with({column}, {_AREA}))"


def append_only(table: str) -> str:
    """Return SQL that forbids changing or removing rows of a table, for every role."""
    return f"""
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM linli_app;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION linli_append_only();
    """


def row_security(table: str, condition: str) -> str:
    """Return SQL that shows and takes rows of a table only where the condition holds."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY scope ON {table} TO linli_app USING ({EVERYTHING} OR {condition});
    """
