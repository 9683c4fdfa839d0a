"""The need tags a district starts with; all of them can be edited (domain.md §4)."""

from django.db import migrations

# code, zh, bo (needs native review), en, bearer, colour, icon, visit every n days, purpose, basis
TAGS = [
    ("LIVES_ALONE", "独居老人", "རྒན་འཁོགས་ཁེར་སྡོད།", "Older person living alone", "RESIDENT", "#c62828", "heart-handshake", 7, "上门探访，了解生活所需", "CONSENT"),
    ("BOTH_WORKING", "双职工家庭", "བཟའ་ཟླ་གཉིས་ཀ་ལས་བྱེད་ཡིན་པའི་ཁྱིམ།", "Both parents working", "HOUSEHOLD", "#1565c0", "school", 90, "安排课后托管和暑期看护", "CONSENT"),
    ("RENTED", "出租房", "ཁང་གླ་གཏོང་བའི་ཁང་པ།", "Rented home", "HOUSEHOLD", "#2e7d32", "key", 90, "消防和用电安全提醒，房东房客联系", "LEGAL_DUTY"),
    ("AGED_80", "80 岁以上高龄", "ལོ་བརྒྱད་ཅུ་ཡན་གྱི་རྒན་པ།", "Aged 80 or over", "RESIDENT", "#ad1457", "old", 7, "高龄津贴和上门服务", "CONSENT"),
    ("DISABLED", "残疾人", "དབང་པོ་སྐྱོན་ཅན།", "Person with a disability", "RESIDENT", "#6a1b9a", "disabled", 30, "辅具适配、无障碍改造和康复服务", "SEPARATE_CONSENT"),
    ("CHILD_0_3", "0–3 岁儿童", "ལོ་ ༠ ནས་ ༣ བར་གྱི་བྱིས་པ།", "Child aged 0–3", "RESIDENT", "#ef6c00", "baby-carriage", 90, "预防接种和托育服务", "SEPARATE_CONSENT"),
    ("CHILD_HARDSHIP", "困境儿童", "དཀའ་ངལ་འཕྲད་པའི་བྱིས་པ།", "Child in hardship", "RESIDENT", "#d84315", "lifebuoy", 7, "关爱保护和学习帮助", "SEPARATE_CONSENT"),
    ("LOW_INCOME", "低保", "འཚོ་བའི་འགན་ལེན་དམའ་མཐའ།", "Minimum living allowance", "HOUSEHOLD", "#4e342e", "coin", 30, "落实救助政策和临时帮扶", "CONSENT"),
    ("CHRONIC_CARE", "慢病照护", "ནད་གཅོང་ཅན་གྱི་ལྟ་སྐྱོང་།", "Long-term illness", "RESIDENT", "#00838f", "stethoscope", 30, "用药提醒和健康随访", "SEPARATE_CONSENT"),
    ("MATERNITY", "孕产妇", "སྦྲུམ་མ་དང་བུ་བཙས་མ།", "Pregnant or new mother", "RESIDENT", "#c2185b", "baby-bottle", 30, "孕期和产后随访", "SEPARATE_CONSENT"),
    ("DEPENDENT_CARE", "失能照护", "རང་འཚོ་མི་ཐུབ་པའི་ལྟ་སྐྱོང་།", "Needs daily care", "RESIDENT", "#283593", "wheelchair", 7, "长期照护和家庭护理支持", "SEPARATE_CONSENT"),
    ("VOLUNTEER", "志愿者", "དང་བླངས་པ།", "Volunteer", "RESIDENT", "#f9a825", "hand-stop", 90, "邀请参加志愿服务", "CONSENT"),
]  # fmt: skip


def add_tags(apps, _schema_editor):
    NeedTag = apps.get_model("people", "NeedTag")
    NeedTag.objects.bulk_create(
        [
            NeedTag(
                code=code,
                name_zh=zh,
                name_bo=bo,
                name_en=en,
                bearer=bearer,
                colour=colour,
                icon=icon,
                visit_interval_days=days,
                purpose=purpose,
                basis=basis,
                position=position,
            )
            for position, (code, zh, bo, en, bearer, colour, icon, days, purpose, basis) in enumerate(TAGS, start=1)
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0002_row_security")]

    operations = [migrations.RunPython(add_tags, migrations.RunPython.noop)]
