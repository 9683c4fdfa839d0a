"""Areas as they are now, and as each year published them (区域表)."""

from django.db import models
from django.db.models import F, Q

from linli.place.rules.codes import CODE_LENGTH_MAX, LENGTHS, LEVEL_LABELS, Level

LEVEL_CHOICES = [(level.value, label) for level, label in LEVEL_LABELS.items()]


def _written_like(level: Level) -> Q:
    lengths = "|".join(f"[0-9]{{{length}}}" for length in LENGTHS[level])
    return Q(level=level.value, code__regex=f"^({lengths})$")


OFFICIAL_CODE_FITS_LEVEL = _written_like(Level.DISTRICT) | _written_like(Level.STREET) | _written_like(Level.COMMUNITY)
CODE_FITS_LEVEL = OFFICIAL_CODE_FITS_LEVEL | _written_like(Level.GRID) | _written_like(Level.BUILDING)

NO_LABEL = Q(lng__isnull=True, lat__isnull=True)
# "Is not null" is said aloud: a check constraint lets an unknown answer pass.
WHOLE_LABEL = Q(lng__isnull=False, lat__isnull=False, lng__range=(-180, 180), lat__range=(-90, 90))


class Area(models.Model):
    """A district, street, community, grid or building; its code is never reused (区域)."""

    code = models.CharField(max_length=CODE_LENGTH_MAX, primary_key=True, db_collation="C")
    level = models.CharField(max_length=9, choices=LEVEL_CHOICES)
    name = models.CharField(max_length=80)
    name_bo = models.CharField(max_length=160, blank=True, default="")
    name_en = models.CharField(max_length=160, blank=True, default="")
    aliases = models.JSONField(default=list, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    successor_code = models.CharField(max_length=CODE_LENGTH_MAX, blank=True, default="", db_collation="C")
    polygon = models.JSONField(null=True, blank=True)
    lng = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    households = models.PositiveIntegerField(null=True, blank=True)
    people = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("code",)
        indexes = [models.Index("level", "code", name="place_area_level_code")]
        constraints = [
            models.CheckConstraint(name="place_area_code_fits_level", condition=CODE_FITS_LEVEL),
            models.CheckConstraint(
                name="place_area_closes_after_it_opens",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="place_area_successor_is_another_closed",
                condition=Q(successor_code="") | (~Q(successor_code=F("code")) & Q(valid_to__isnull=False)),
            ),
            models.CheckConstraint(name="place_area_label_has_both", condition=NO_LABEL | WHOLE_LABEL),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AreaVersion(models.Model):
    """One line of one yearly edition of the statistical area codes, as published (历年区划代码)."""

    as_of = models.DateField()
    code = models.CharField(max_length=12, db_collation="C")
    level = models.CharField(max_length=9, choices=LEVEL_CHOICES)
    name = models.CharField(max_length=80)
    parent_code = models.CharField(max_length=12, blank=True, default="", db_collation="C")
    urban_rural_code = models.CharField(max_length=3, blank=True, default="")
    successor_code = models.CharField(max_length=12, blank=True, default="", db_collation="C")

    class Meta:
        ordering = ("as_of", "code")
        constraints = [
            models.UniqueConstraint(fields=("as_of", "code"), name="place_areaversion_once_a_year"),
            models.CheckConstraint(name="place_areaversion_code_fits_level", condition=OFFICIAL_CODE_FITS_LEVEL),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.code} {self.name}"


class Edition(models.Model):
    """One row whose stamp changes with every change of the tree, so that caches know (版本戳)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="place_edition_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.stamp)
