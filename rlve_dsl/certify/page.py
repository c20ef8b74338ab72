"""The certificate as one page of HTML, without scripts or other files. Pictures are inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rlve_dsl.certify.certificate import FILES, Certificate, to_json, versions
from rlve_dsl.certify.findings import CheckResult, Figure
from rlve_dsl.certify.intervals import Interval
from rlve_dsl.certify.traces import Trace
from rlve_dsl.certify.tried import attempts
from rlve_dsl.values import JsonObject

Points = Sequence[tuple[float, Interval]]

_STYLE = """
:root { color-scheme: light; --ink: #1d2330; --dim: #667085; --line: #e3e6ec; --good: #1a7f4b; --bad: #b42318; --card: #fff }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #f6f7f9; margin: 0 }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.7rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 0 }
h3 { font-size: .95rem; margin: 1.2rem 0 .4rem }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.3rem; margin: 1rem 0 }
.verdict { font-weight: 650 } .good { color: var(--good) } .bad { color: var(--bad) } .dim { color: var(--dim) }
.head { display: flex; gap: .8rem; align-items: baseline; flex-wrap: wrap }
table { border-collapse: collapse; width: 100%; font-size: .86rem; margin: .4rem 0 }
th { text-align: left; color: var(--dim); font-weight: 500 }
th, td { padding: .22rem .6rem .22rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
ul { margin: .5rem 0; padding-left: 1.2rem } code { font-size: .85em; background: #eef0f4; padding: .05em .3em; border-radius: 4px; overflow-wrap: anywhere }
details > summary { cursor: pointer; color: var(--dim); margin-top: .5rem }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: .8rem; margin-top: .6rem }
figure { margin: 0 } figcaption { font-size: .82rem; color: var(--dim) } svg { width: 100%; height: auto; display: block }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .6rem 0 0; font-size: .88rem } dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
"""
_INKS = ("#2563a8", "#c2410c", "#15803d", "#7c3aed", "#a16207", "#0e7490")


def files_of(certificate: Certificate) -> dict[str, str]:
    """Return the texts of the files that a certificate consists of, by their names in its folder."""
    findings = [finding for result in certificate.results for finding in result.findings]
    trajectories = {finding.file: finding.trajectory for finding in findings if finding.file}
    return {**trajectories, **dict(zip(FILES, (to_json(certificate), page(certificate)), strict=True))}


def page(certificate: Certificate) -> str:
    """Return the page."""
    sections = "\n".join(_section(result) for result in certificate.results)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Certificate of {escape(certificate.scenario)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>{_head(certificate)}\n{_tried(certificate)}\n{sections}\n</main></body></html>\n"
    )


def _head(certificate: Certificate) -> str:
    ink = "good" if certificate.passed and not certificate.undecided else "dim" if certificate.passed else "bad"
    verdict = f'<span class="verdict {ink}">{escape(certificate.verdict)}</span>'
    partial = "" if certificate.complete else ' <span class="dim">some checks were not asked for</span>'
    plan = certificate.plan
    said = {
        "environments": ", ".join(certificate.environments),
        "catalog": certificate.catalog,
        "levels": ", ".join(map(str, plan.levels)),
        "seeds": f"0 to {plan.seeds - 1} at each level",
        "digest": certificate.digest,
        "file": certificate.path,
        **({"plugins": ", ".join(map(_plugin, certificate.plugins))} if certificate.plugins else {}),
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in said.items())
    rows = "".join(
        f'<tr><td><a href="#{r.name}">{r.name.replace("_", " ")}</a></td><td>{_verdict(r)}</td>'
        f"<td>{escape(r.promise)}</td></tr>"
        for r in certificate.results
    )
    return (
        f"<h1>Certificate of {escape(certificate.scenario)}</h1><div>{verdict}{partial}</div>"
        f"<section><dl>{listed}</dl></section>"
        f"<section><table><tr><th>check</th><th></th><th>what holds when it holds</th></tr>{rows}</table></section>"
    )


def _plugin(told: JsonObject) -> str:
    """A plugin with its version, or the digest of its file, and what is used of it."""
    uses = told["uses"]
    assert isinstance(uses, dict)
    names = ", ".join(str(name) for named in uses.values() if isinstance(named, list) for name in named)
    return f"{told['plugin']} {told.get('version') or str(told.get('digest', ''))[:16]}: {names}"


def _tried(certificate: Certificate) -> str:
    """What was tried, and how imperfect agents fail: the part for readers who know nothing of the checks."""
    rows = "".join(
        f'<tr><td>{escape(one.agent)}</td><td>{escape(one.does)}</td><td class="n">{one.plays}</td>'
        f'<td class="n">{"" if one.passed is None else one.passed}</td><td><a href="#{one.check}">{one.check}</a></td></tr>'
        for one in attempts(certificate.results, certificate.probes)
    )
    if not rows:
        return ""
    head = "<tr><th>who played</th><th>what it does</th><th>plays</th><th>passed</th><th>check</th></tr>"
    traces = [trace for result in certificate.results for trace in result.traces]
    failures = "".join(map(_trace, traces))
    return (
        '<section id="tried"><h2>what was tried</h2><div class="dim">Agents of many kinds played the episodes. The oracle '
        "must pass, cheats must not, and agents that make mistakes must pass less often where it is harder.</div>"
        f"<details><summary>who played</summary><table>{head}{rows}</table></details>"
        + (f"<h3>how imperfect agents fail most often</h3>{failures}" if failures else "")
        + "</section>"
    )


def _trace(trace: Trace) -> str:
    told = "".join(f"<dt>{escape(who)}</dt><dd>{escape(what)}</dd>" for who, what in trace.lines)
    return (
        f"<details><summary><b>{escape(trace.environment)}</b> · {escape(trace.agent)}: fails {trace.failed} of {trace.plays} "
        f"plays, in {trace.often} of them so: {escape(trace.ended)} · level {trace.level}, seed {trace.seed}</summary>"
        f"<dl>{told}</dl></details>"
    )


def _verdict(result: CheckResult) -> str:
    if not result.passed:
        return '<span class="verdict bad">✗ fails</span>'
    if result.undecided:
        return '<span class="verdict dim">not enough seeds</span>'
    return '<span class="verdict good">✓ holds</span>'


def _section(result: CheckResult) -> str:
    findings = "".join(
        f"<li><b>{escape(f.environment)}</b> · {escape(f.subject)}{_place(f.level, f.seed)}: {escape(f.text)}"
        + (f' <a href="{escape(f.file)}">trajectory</a>' if f.file else "")
        + "</li>"
        for f in result.findings
    )
    listed = (*result.remarks, *result.notes)
    notes = "".join(f"<li>{escape(note)}</li>" for note in listed)
    undecided = "".join(f"<li>not enough seeds: {escape(text)}</li>" for text in result.undecided)
    return (
        f'<section id="{result.name}"><div class="head"><h2>{result.name.replace("_", " ")}</h2>'
        f'{_verdict(result)}<span class="dim">{", ".join(f"<code>{i}</code>" for i in result.ids)}</span></div>'
        f'<div class="dim">{escape(result.promise)}</div>'
        + (f"<ul>{findings}{undecided}</ul>" if findings or undecided else "")
        + _pictures(result)
        + _figures(result.figures)
        + (
            f"<details><summary>not judged, or worth knowing ({len(listed)})</summary><ul>{notes}</ul></details>"
            if notes
            else ""
        )
        + "</section>"
    )


def _place(level: int | None, seed: int | None) -> str:
    if level is None:
        return ""
    return f" · level {level}" + ("" if seed is None else f", seed {seed}")


def _figures(figures: Sequence[Figure]) -> str:
    if not figures:
        return ""
    rows = "".join(
        f"<tr><td>{escape(f.environment)}</td><td>{escape(f.subject)}</td><td>{escape(f.measure)}</td>"
        f'<td class="n">{_number(f.interval.value)}</td><td class="n dim">{_ends(f.interval)}</td><td class="n dim">{f.interval.of}</td>'
        f'<td class="dim">{escape(f.bound)}</td></tr>'
        for f in figures
    )
    head = "<tr><th>environment</th><th>of</th><th>measure</th><th>value</th><th>95% interval</th><th>n</th><th>bound</th></tr>"
    return f"<details><summary>{len(figures)} figure{'s' * (len(figures) != 1)}</summary><table>{head}{rows}</table></details>"


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _ends(interval: Interval) -> str:
    return f"{_number(interval.low)} … {_number(interval.high)}"


# Pictures -------------------------------------------------------------------------------------------------------------


def _pictures(result: CheckResult) -> str:
    drawn = []
    for environment, curves in result.curves.items():
        levels = {name: points for name, points in curves.items() if ", others at " not in name}
        if any(len(points) > 1 for points in levels.values()):
            drawn.append(_picture(f"{environment}: share passed by level", levels))
        swept: dict[str, dict[str, Points]] = {}
        for name, points in curves.items():
            axis, pinned, pin = name.partition(", others at ")
            if pinned and len(points) > 1:
                swept.setdefault(axis, {})[f"others at {pin}"] = points
        drawn += [_picture(f"{environment}: {axis} alone", series) for axis, series in swept.items()]
    if probes := [f for f in result.figures if f.measure == "mean reward" and f.bound.startswith("at most")]:
        drawn += [_bars(environment, [f for f in probes if f.environment == environment])
                  for environment in dict.fromkeys(f.environment for f in probes)]  # fmt: skip
    return f'<div class="grid">{"".join(drawn)}</div>' if drawn else ""


_W, _H, _L, _B, _T = 320, 190, 34, 24, 10


def _picture(caption: str, series: Mapping[str, Points]) -> str:
    """Lines of shares with their intervals, from 0 to 1."""
    xs = [x for points in series.values() for x, _ in points]
    low, high = min(xs), max(xs)
    legend = 8 + 12 * len(series)
    height = _H + legend

    def at(x: float, y: float) -> tuple[float, float]:
        across = _L + (x - low) / (high - low or 1) * (_W - _L - 10)
        return round(across, 1), round(_T + (1 - min(1, max(0, y))) * (_H - _B - _T), 1)

    parts = []
    for y in (0, 0.5, 1):
        _, down = at(low, y)
        parts.append(_line((_L, down), (_W - 10, down), "#e3e6ec"))
        parts.append(_text(_L - 5, down + 4, f"{y:g}", "end"))
    for x in sorted({low, high, *(xs if len(set(xs)) <= 7 else ())}):
        parts.append(_text(at(x, 0)[0], _H - _B + 14, f"{x:.3g}", "middle"))
    for number, (name, points) in enumerate(series.items()):
        ink = _INKS[number % len(_INKS)]
        parts += [_line(at(x, i.low), at(x, i.high), ink, 'stroke-width="1" opacity=".45"') for x, i in points]
        places = [at(x, i.value) for x, i in points]
        path = " ".join(f"{across},{down}" for across, down in places)
        width = 2.4 if name in ("level", "oracle") else 1.3
        parts.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="{width}"/>')
        parts += [f'<circle cx="{across}" cy="{down}" r="2.4" fill="{ink}"/>' for across, down in places]
        down = _H + 6 + 12 * number
        label = "all agents together" if name == "level" else name
        parts.append(f'<rect x="{_L}" y="{down - 7}" width="12" height="3" fill="{ink}"/>')
        parts.append(_text(_L + 18, down - 2, label, "start", "#1d2330"))
    return _figure(caption, height, parts)


def _line(start: tuple[float, float], end: tuple[float, float], ink: str, more: str = "") -> str:
    return f'<line x1="{start[0]}" x2="{end[0]}" y1="{start[1]}" y2="{end[1]}" stroke="{ink}" {more}/>'


def _text(x: float, y: float, words: str, anchor: str, ink: str = "#667085") -> str:
    return f'<text x="{x}" y="{y}" font-size="10" text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'


def _figure(caption: str, height: int, parts: Sequence[str]) -> str:
    picture = f'<svg viewBox="0 0 {_W} {height}" role="img" aria-label="{escape(caption)}">{"".join(parts)}</svg>'
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _bars(environment: str, figures: Sequence[Figure]) -> str:
    """Mean rewards of uninformed probes from -1 to 1, and the bar that they must stay below."""
    bar = min(float(f.bound.removeprefix("at most ")) for f in figures)
    height = 16 * len(figures) + 22

    def across(value: float) -> float:
        return round(110 + (min(1.0, max(-1.0, value)) + 1) / 2 * (_W - 120), 1)

    parts = []
    for number, figure in enumerate(figures):
        top, value = 16 * number + 4, figure.interval.value
        ink, width = "#b42318" if value > bar else "#2563a8", max(1.0, across(value) - across(-1))
        parts.append(_text(104, top + 9, figure.subject, "end", "#1d2330"))
        parts.append(f'<rect x="{across(-1)}" y="{top + 1}" width="{width}" height="9" fill="{ink}" opacity=".75"/>')
    parts.append(_line((across(bar), 0), (across(bar), height - 16), "#b42318", 'stroke-dasharray="3 2"'))
    parts += [_text(across(value), height - 3, str(value), "middle") for value in (-1, 0, 1)]
    return _figure(f"{environment}: mean reward of uninformed probes, and the bar they must stay below", height, parts)
