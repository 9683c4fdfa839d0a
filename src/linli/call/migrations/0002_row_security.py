"""A call is seen by the desks of its area and by the units that were told; its history is append-only."""

from django.db import migrations

from linli.shared.security import UNIT, append_only, in_area, row_security

OF_CALL = "EXISTS (SELECT 1 FROM call_call c WHERE c.id = call_id)"
POLICIES = {
    "call_told": f"({in_area('area_code')} OR unit_id = {UNIT})",
    "call_call": f"({in_area('area_code')} OR EXISTS (SELECT 1 FROM call_told t WHERE t.call_id = call_call.id))",
    "call_callevent": OF_CALL,
    "call_responder": OF_CALL,
    "call_followup": OF_CALL,
    "call_press": "EXISTS (SELECT 1 FROM call_call c WHERE c.press_id = call_press.id)",
    "call_device": f"({in_area('area_code')} OR unit_id = {UNIT}"
    " OR EXISTS (SELECT 1 FROM call_call c WHERE c.device_id = call_device.id))",
    "call_holding": f"({in_area('area_code')}"
    " OR EXISTS (SELECT 1 FROM call_call c WHERE c.holding_id = call_holding.id))",
    "call_holdingcontact": "EXISTS (SELECT 1 FROM call_holding h WHERE h.id = holding_id)",
    "call_devicetask": f"({in_area('area_code')} OR EXISTS (SELECT 1 FROM call_device d WHERE d.id = device_id))",
}
KEPT = "call_press, call_call, call_responder, call_followup, call_told, call_device, call_holding, call_devicetask"
# A unit that was told sees the call: whether it was told is asked of its own rows alone.
RIGHTS = f"""
REVOKE DELETE, TRUNCATE ON {KEPT} FROM linli_app;
REVOKE UPDATE ON call_press FROM linli_app;
"""


class Migration(migrations.Migration):
    dependencies = [("call", "0001_tables"), ("shared", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "".join(row_security(table, condition) for table, condition in POLICIES.items())
            + append_only("call_callevent")
            + RIGHTS,
            migrations.RunSQL.noop,
        ),
    ]
