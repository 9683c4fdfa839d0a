"""Drawn pictures for made-up appeals: a dark stairwell and the same one lit (演示照片)."""

import io

from PIL import Image, ImageDraw

SIZE = (960, 720)


def stairwell(*, is_lit: bool) -> bytes:
    """Draw a stairwell as JPEG, dark or lit."""
    wall, step = ((236, 226, 198), (150, 140, 120)) if is_lit else ((38, 40, 46), (24, 25, 30))
    picture = Image.new("RGB", SIZE, wall)
    pen = ImageDraw.Draw(picture)
    for level in range(8):
        top = SIZE[1] - (level + 1) * 62
        pen.rectangle([180 + level * 60, top, SIZE[0], top + 62], fill=tuple(min(255, c + level * 6) for c in step))
        pen.line([180 + level * 60, top, SIZE[0], top], fill=wall, width=3)
    pen.line([150, 640, 690, 90], fill=(110, 84, 60) if is_lit else (50, 42, 36), width=16)
    glow = (255, 244, 190) if is_lit else (70, 70, 74)
    pen.ellipse([120, 60, 210, 150], fill=glow, outline=(90, 90, 90), width=4)
    pen.rectangle([150, 20, 180, 64], fill=(90, 90, 90))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
