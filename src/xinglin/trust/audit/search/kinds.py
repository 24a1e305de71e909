"""What was done, in the codes of an AuditEvent: type, subtype, action; and in words.

https://hl7.org/fhir/R4/valueset-audit-event-type.html, -audit-event-sub-type.html,
-audit-event-action.html; DICOM PS3.16 CID 400 and 401.
"""

from __future__ import annotations

from typing import Any, NamedTuple

TYPE_SYSTEM = "http://terminology.hl7.org/CodeSystem/audit-event-type"
REST_SYSTEM = "http://hl7.org/fhir/restful-interaction"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"


class Coded(NamedTuple):
    """One code."""

    system: str
    code: str
    display: str

    def coding(self) -> dict[str, Any]:
        """As an element."""
        return {"system": self.system, "code": self.code, "display": self.display}


class Kind(NamedTuple):
    """How a kind of event is told. ``action``: C, R, U, D or E."""

    type: Coded
    subtype: Coded
    action: str
    en: str
    zh: str


_REST = Coded(TYPE_SYSTEM, "rest", "RESTful Operation")
_USER = Coded(DICOM, "110114", "User Authentication")
_ALERT = Coded(DICOM, "110113", "Security Alert")
_APPLICATION = Coded(DICOM, "110100", "Application Activity")
_EXPORT = Coded(DICOM, "110106", "Export")
_LOG = Coded(DICOM, "110101", "Audit Log Used")


def _dcm(code: str, display: str) -> Coded:
    return Coded(DICOM, code, display)


def _rest(code: str, action: str, en: str, zh: str) -> Kind:
    return Kind(_REST, Coded(REST_SYSTEM, code, code), action, en, zh)


def _dicom(type_: Coded, code: Coded, en: str, zh: str, action: str = "E") -> Kind:
    return Kind(type_, code, action, en, zh)


_EXPORTED = _dcm("110106", "Export")
_LOGIN = _dcm("110122", "Login")
_LOGOUT = _dcm("110123", "Logout")
_ROLES = _dcm("110136", "Security Roles Changed")
_ATTRIBUTES = _dcm("110137", "User security Attributes Changed")
_OVERRIDE = _dcm("110127", "Emergency Override Started")
_START = _dcm("110120", "Application Start")
_STOP = _dcm("110121", "Application Stop")
_USED = _dcm("110101", "Audit Log Used")
_TAMPERED = _dcm("110138", "Audit Log tampered")

KINDS: dict[str, Kind] = {
    "read": _rest("read", "R", "read", "查看"),
    "vread": _rest("vread", "R", "read an older version", "查看历史版本"),
    "create": _rest("create", "C", "created", "新建"),
    "update": _rest("update", "U", "changed", "修改"),
    "update_conditional": _rest("update", "U", "changed by criteria", "按条件修改"),
    "patch": _rest("patch", "U", "changed in part", "部分修改"),
    "patch_conditional": _rest("patch", "U", "changed in part by criteria", "按条件部分修改"),
    "delete": _rest("delete", "D", "deleted", "删除"),
    "delete_conditional": _rest("delete", "D", "deleted by criteria", "按条件删除"),
    "history_instance": _rest("history-instance", "R", "read the history", "查看修改历史"),
    "history_type": _rest("history-type", "R", "read the history of a type", "查看类型历史"),
    "history_system": _rest("history-system", "R", "read the history of all", "查看全部历史"),
    "search_type": _rest("search-type", "E", "searched", "检索"),
    "search_compartment": _rest("search-type", "E", "searched a chart", "检索病历"),
    "search_system": _rest("search-system", "E", "searched everything", "全库检索"),
    "bundle": _rest("transaction", "E", "sent a batch or transaction", "提交批量或事务"),
    "operation": _rest("operation", "E", "called an operation", "调用操作"),
    "job_status": _rest("operation", "E", "asked for a job's state", "查询任务状态"),
    "job_delete": _rest("operation", "E", "cancelled a job", "取消任务"),
    "job_file": _dicom(_EXPORT, _EXPORTED, "fetched an exported file", "下载导出文件", "R"),
    "export": _dicom(_EXPORT, _EXPORTED, "exported", "导出", "R"),
    "sign-in": _dicom(_USER, _LOGIN, "signed in", "登录"),
    "sign-in-failed": _dicom(_USER, _LOGIN, "failed to sign in", "登录失败"),
    "sign-out": _dicom(_USER, _LOGOUT, "signed out", "退出"),
    "position": _dicom(_USER, _ROLES, "changed position", "切换岗位"),
    "account": _dicom(_ALERT, _ATTRIBUTES, "changed an account", "变更账号"),
    "token": _dicom(_USER, _LOGIN, "made a token", "生成访问令牌"),
    "break-glass": _dicom(_ALERT, _OVERRIDE, "broke the glass", "紧急越权访问"),
    "start": _dicom(_APPLICATION, _START, "platform started", "平台启动"),
    "stop": _dicom(_APPLICATION, _STOP, "platform stopped", "平台停止"),
    "audit": _dicom(_LOG, _USED, "read the audit trail", "查看审计记录", "R"),
    "tampering": _dicom(_ALERT, _TAMPERED, "trail tampered", "审计被篡改"),
}
_OTHER = Kind(_REST, Coded(REST_SYSTEM, "operation", "operation"), "E", "did something", "其他操作")


def kind(name: str) -> Kind:
    """How a kind is told; kinds that a later release brings are told as other."""
    return KINDS.get(name, _OTHER)


def having(part: str, system: str | None, code: str) -> set[str]:
    """The kinds whose ``type`` or ``subtype`` has a code."""
    found: set[str] = set()
    for name, one in KINDS.items():
        coded = one.type if part == "type" else one.subtype
        if coded.code == code and system in (None, coded.system):
            found.add(name)
    return found


def acting(action: str) -> set[str]:
    """The kinds with an action."""
    return {name for name, one in KINDS.items() if one.action == action}
