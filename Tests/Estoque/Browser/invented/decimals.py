"""Decimals as the API writes them: texts without needless zeros."""

from decimal import Decimal


def plain(value):
    """`12.50` as `12.5`."""
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value):
    """With two decimals."""
    return format(Decimal(value).quantize(Decimal("0.01")), "f")
