"""A number that changes with every change of rules or duties, and rights: nothing is removed, versions stay as written."""

from django.db import migrations

from linli.shared.security import append_only

TRIGGERS = """
CREATE SEQUENCE routing_edition_sequence;
INSERT INTO routing_edition (id, number, duty_mode) VALUES (1, nextval('routing_edition_sequence'), 'WARN')
    ON CONFLICT DO NOTHING;
CREATE FUNCTION routing_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number := nextval('routing_edition_sequence');
    RETURN NEW;
END $$;
CREATE FUNCTION routing_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE routing_edition SET number = 0 WHERE id = 1;
    RETURN NULL;
END $$;
CREATE TRIGGER numbered BEFORE INSERT OR UPDATE ON routing_edition FOR EACH ROW EXECUTE FUNCTION routing_numbered();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON routing_routingrule
    FOR EACH STATEMENT EXECUTE FUNCTION routing_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON routing_duty
    FOR EACH STATEMENT EXECUTE FUNCTION routing_changed();
REVOKE DELETE, TRUNCATE ON routing_routingrule, routing_duty, routing_edition FROM linli_app;
GRANT USAGE ON SEQUENCE routing_edition_sequence TO linli_app;
"""
BACK = """
DROP TRIGGER changed ON routing_routingrule;
DROP TRIGGER changed ON routing_duty;
DROP TRIGGER numbered ON routing_edition;
DROP FUNCTION routing_changed();
DROP FUNCTION routing_numbered();
DROP SEQUENCE routing_edition_sequence;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_rules_and_duties"), ("shared", "0001_initial")]

    operations = [migrations.RunSQL(TRIGGERS + append_only("routing_ruleversion"), BACK)]
