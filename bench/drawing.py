"""Numbers that people compare, drawn: horizontal bars as SVG, in light and in dark."""

from collections.abc import Collection, Mapping
from html import escape

ROW, LEFT, RIGHT, GAP, VALUE = 22, 330, 390, 44, 90
OPEN = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="The tables, drawn">"""
STYLE = """\
<style>
text { font: 13px system-ui, sans-serif; fill: #1b1b1b } .own { font-weight: 600 } .head { font: 600 14px system-ui }
rect { fill: #8fa3b0 } rect.own { fill: #0b6e4f } rect.ground { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #eee } rect { fill: #6c7f8c } rect.own { fill: #4cc38a } rect.ground { fill: #16181a }
}
</style>"""


def bars(charts: Mapping[str, Mapping[str, float]], own: Collection[str], digits: int = 0) -> str:
    """Give charts, one below the other; ours stand out, and a bar four times as long as the next longest is cut."""
    height = sum(GAP + ROW * len(values) for values in charts.values()) + 16
    width = LEFT + RIGHT + VALUE
    parts = [
        OPEN.format(width=width, height=height),
        STYLE,
        f'<rect class="ground" width="{width}" height="{height}"/>',
    ]
    top = 0
    for title, values in charts.items():
        top += GAP
        parts.append(f'<text class="head" x="10" y="{top - 10}">{escape(title)}</text>')
        longest, next_longest = sorted(values.values(), reverse=True)[:2]
        most = next_longest * 1.05 if longest > 4 * next_longest else longest
        for name, value in values.items():
            mark = ' class="own"' if name in own else ""
            length = min(value / most, 1) * RIGHT
            cut = " …" if value > most else ""
            parts += [
                f'<text{mark} x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
                f'<rect{mark} x="{LEFT}" y="{top + 3}" width="{length:.1f}" height="{ROW - 6}"/>',
                f'<text{mark} x="{LEFT + length + 6:.1f}" y="{top + 15}">{value:,.{digits}f}{cut}</text>',
            ]
            top += ROW
    return "\n".join([*parts, "</svg>\n"])
