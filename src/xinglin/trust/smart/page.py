"""The page that asks whether a program may act for whoever is signed in: plain HTML, no script.

SMART App Launch 2.2, section 2.0.5; Content Security Policy Level 3.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from xinglin.trust.room import Answer

if TYPE_CHECKING:
    from xinglin.trust.policy.scopes import Scopes, Smart

_STYLE = (
    "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;max-width:34rem;margin:3rem auto;"
    "padding:0 1rem;color:#1d2b26;background:#f6f8f6}main{background:#fff;border:1px solid #d5dfd9;"
    "border-radius:12px;padding:1.5rem 2rem}h1{font-size:1.3rem}li{margin:.2rem 0}"
    "button{font:inherit;padding:.5rem 1.4rem;border-radius:8px;border:1px solid #1f6b4f;"
    "background:#fff;color:#1f6b4f;margin-right:.6rem;cursor:pointer}button.yes{background:#1f6b4f;"
    "color:#fff}input[type=search]{font:inherit;padding:.4rem;width:60%}label{display:block}"
    "code{color:#5b6b64;font-size:.85em}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_LETTERS = {
    "c": ("create", "新建"),
    "r": ("read", "读取"),
    "u": ("change", "修改"),
    "d": ("delete", "删除"),
    "s": ("search", "检索"),
}
_NAMED = {
    "openid": ("know who you are", "知道您是谁"),
    "fhirUser": ("know your entry in the directory", "知道您的人员档案"),
    "profile": ("know your name", "知道您的姓名"),
    "offline_access": (
        "act for you while you are away, until you end it",
        "在您离开后继续代您操作",
    ),
    "online_access": ("act for you as long as you are signed in", "在您登录期间代您操作"),
    "launch": ("know which patient you opened it for", "知道您为哪位患者打开它"),
    "launch/patient": ("work on the patient you choose", "处理您选择的患者"),
    "launch/encounter": ("work on the visit you choose", "处理您选择的就诊"),
}
_WHOSE = {
    "patient": ("of this patient", "（该患者）"),
    "user": ("as far as you may", "（在您的权限内）"),
    "system": ("by itself", "（自行）"),
}


def words(scope: Smart, lang: str) -> str:
    """A clinical scope for people."""
    column = 1 if lang == "zh" else 0
    acts = ("、" if column else ", ").join(_LETTERS[letter][column] for letter in scope.letters)
    what = scope.type if scope.type != "*" else ("全部记录" if column else "all records")
    return f"{acts} {what} {_WHOSE[scope.context][column]}"


def listed(asked: Scopes, lang: str) -> list[tuple[str, str]]:
    """What is asked for: words, and the scope itself."""
    column = 1 if lang == "zh" else 0
    named = [(_NAMED[one][column], one) for one in asked.named if one in _NAMED]
    return [*named, *((words(one, lang), str(one)) for one in asked.clinical)]


def consent(
    lang: str,
    *,
    program: str,
    user: str,
    redirect: str,
    asked: Scopes,
    hidden: dict[str, str],
    patients: list[dict[str, Any]] | None = None,
    searched: str = "",
) -> Answer:
    """``patients``: those to choose from; None: nobody has to be chosen."""
    zh = lang == "zh"
    title = f"{program} 请求授权" if zh else f"{program} asks for access"
    scopes = "".join(
        f"<li>{escape(one)} <code>{escape(raw)}</code></li>" for one, raw in listed(asked, lang)
    )
    kept = "".join(_hidden(name, value) for name, value in hidden.items())
    choice = "" if patients is None else _choice(zh, kept, patients, searched)
    ready = patients is None or bool(patients)
    allow = "允许" if zh else "Allow"
    deny = "拒绝" if zh else "Refuse"
    signed = f"当前登录：{user}" if zh else f"Signed in as {user}"
    body = (
        f"<h1>{escape(title)}</h1><p>{escape(signed)}</p><ul>{scopes}</ul>{choice}"
        f'<form id="decide" method="post" action="/auth/authorize">{kept}'
        + (f'<button class="yes" name="decision" value="allow">{allow}</button>' if ready else "")
        + f'<button name="decision" value="deny">{deny}</button></form>'
    )
    return _page(lang, title, body, redirect)


def _choice(zh: bool, kept: str, patients: list[dict[str, Any]], searched: str) -> str:
    heading = "选择患者" if zh else "Choose the patient"
    find = "查找" if zh else "Find"
    hint = "姓名或号码" if zh else "Name or number"
    rows = "".join(
        f'<label><input type="radio" form="decide" name="patient" required'
        f' value="Patient/{escape(one["id"], quote=True)}"> {escape(_person(one))}</label>'
        for one in patients
    )
    none = ("没有找到" if zh else "Nobody found") if searched and not patients else ""
    return (
        f"<h2>{heading}</h2>"
        f'<form method="post" action="/auth/authorize">{kept}'
        f'<input type="search" name="find" aria-label="{hint}" placeholder="{hint}"'
        f' value="{escape(searched, quote=True)}"> <button>{find}</button></form>'
        f"<p>{none}</p>{rows}"
    )


def _person(patient: dict[str, Any]) -> str:
    name: dict[str, Any] = next(iter(patient.get("name", [])), {})
    said = name.get("text") or " ".join([name.get("family", ""), *name.get("given", [])]).strip()
    more = [patient.get("gender", ""), patient.get("birthDate", "")]
    return " · ".join(one for one in (said or patient["id"], *more) if one)


def told(lang: str, en: str, zh: str, status: int = 400) -> Answer:
    """A page that says what is wrong."""
    text = zh if lang == "zh" else en
    title = "无法继续" if lang == "zh" else "This cannot go on"
    answer = _page(lang, title, f"<h1>{title}</h1><p>{escape(text)}</p>", "")
    answer.status = status
    return answer


def _page(lang: str, title: str, body: str, redirect: str) -> Answer:
    html = (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
    return Answer(
        html.encode(),
        type=b"text/html; charset=utf-8",
        headers=[(b"content-security-policy", policy(redirect).encode())],
    )


def policy(redirect: str) -> str:
    """Nothing but our own style; the form may lead to us and, by redirect, to the program."""
    split = urlsplit(redirect)
    way = f"{split.scheme}://{split.netloc}" if split.netloc else f"{split.scheme}:"
    form = f"'self' {way}" if redirect else "'self'"
    return (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action {form};"
        " frame-ancestors 'none'; base-uri 'none'"
    )


def _hidden(name: str, value: str) -> str:
    name, value = escape(name, quote=True), escape(value, quote=True)
    return f'<input type="hidden" name="{name}" value="{value}">'
