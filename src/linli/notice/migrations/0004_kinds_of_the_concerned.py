"""Further kinds of notices: for who judges, who need not come, who is named, who hears of a split."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notice", "0003_more_kinds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_case", "新诉求"),
                    ("handed_on", "转来的事项"),
                    ("whistle", "吹哨"),
                    ("unit_came", "单位已报到"),
                    ("unit_declined", "单位不接"),
                    ("unit_countered", "单位另提方案"),
                    ("work_done", "协办或牵头单位办结"),
                    ("caller_answered", "吹哨单位的答复"),
                    ("task_given", "子任务"),
                    ("asked_to_rule", "等裁定的申请"),
                    ("ruled", "申请的裁定"),
                    ("assigned", "指定您经办"),
                    ("unassigned", "不再由您经办"),
                    ("not_needed", "不用再来"),
                    ("task_dropped", "子任务取消"),
                    ("withdrawn", "居民撤回"),
                    ("sent_back", "居民退回重办"),
                    ("words_added", "居民补充"),
                    ("supervised", "催办督办"),
                    ("outside_answered", "外部单位答复"),
                    ("outside_silent", "外部单位逾期没有答复"),
                    ("resident_received", "已收到诉求"),
                    ("resident_finished", "请居民确认"),
                    ("resident_refused", "不予受理答复"),
                    ("resident_merged", "合并办理"),
                    ("resident_closed", "已结案"),
                    ("resident_extended", "延期告知"),
                    ("resident_paused", "挂账告知"),
                    ("resident_split", "分成几件办理"),
                    ("resident_parted", "改为单独办理"),
                    ("outside_asked", "请外部单位答复"),
                    ("outside_reminded", "提醒外部单位"),
                    ("outside_extended", "外部单位答复期限已改"),
                ],
                max_length=20,
            ),
        ),
    ]
