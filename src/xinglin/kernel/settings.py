"""Settings: one typed struct, read once at start from a TOML file and the environment.

docs/reference/settings.md is generated from it.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import msgspec

from xinglin.kernel.errors import Invalid, Issue
from xinglin.kernel.settings_trust import (
    KeysSettings,
    LimitSettings,
    ProviderSettings,
    SigningSettings,
    TlsSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "XINGLIN_"
# Variables with the prefix that are no settings: tests find their data by the first.
OTHER_VARIABLES = frozenset({"XINGLIN_SHARED_DATA"})


def _says(en: str, zh: str, **limits: Any) -> msgspec.Meta:
    return msgspec.Meta(description=en, extra={"zh": zh}, **limits)


class DatabaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The database."""

    dsn: Annotated[
        str,
        _says(
            "Address of a PostgreSQL server, 15 or later. Empty: the embedded server.",
            "PostgreSQL 服务器（15 或更高版本）的地址。为空则使用内置服务器。",
        ),
    ] = ""
    max_connections: Annotated[
        int, _says("Connections of one process.", "每个进程的连接数。", ge=2, le=100)
    ] = 10


class FhirSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The FHIR interface."""

    base_url: Annotated[
        str,
        _says(
            "Public address of the FHIR base, where a proxy stands in front. References that start"
            " with it are local; run `xinglin reindex` after changing it. Empty: as each request"
            " names the host.",
            "FHIR 根地址的对外写法（前面有代理时）。以它开头的引用视为本地引用；修改后请运行"
            " `xinglin reindex`。为空则取每个请求中的主机名。",
            pattern=r"^(https?://[^\s?#]*[^\s?#/])?$",
        ),
    ] = ""
    max_body_bytes: Annotated[
        int, _says("Largest request body.", "请求体的最大字节数。", ge=1024)
    ] = 64 * 1024 * 1024
    search_seconds: Annotated[
        float,
        _says(
            "After this a search is refused as too costly, saying what to narrow.",
            "检索超过此时限即以“开销过大”拒绝，并提示如何缩小范围。",
            gt=0,
        ),
    ] = 10.0
    check_references: Annotated[
        bool,
        _says(
            "Refuse references to resources that do not exist.",
            "拒绝引用不存在的资源。",
        ),
    ] = False
    check_invariants: Annotated[
        bool,
        _says(
            "Check FHIRPath invariants on every write, not only in `$validate`.",
            "每次写入都检查 FHIRPath 不变式，而不仅在 `$validate` 时。",
        ),
    ] = False


class SignInSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sign-in and sessions."""

    hours: Annotated[
        int,
        _says(
            "A session ends after so many hours in any case; one shift.",
            "会话最长小时数，到时必须重新登录；约一个班次。",
            ge=1,
            le=72,
        ),
    ] = 12
    idle_minutes: Annotated[
        int,
        _says(
            "A session ends when it was not used for so long.",
            "会话空闲多少分钟后结束。",
            ge=1,
            le=1440,
        ),
    ] = 60
    shared_idle_minutes: Annotated[
        int,
        _says(
            "The same on a shared computer, where a short PIN opens the next one.",
            "共用电脑上的空闲分钟数；其后可用短 PIN 重新进入。",
            ge=1,
            le=1440,
        ),
    ] = 10
    demo: Annotated[
        bool,
        _says(
            "Let demo accounts in without password: only on loopback, only with demo data.",
            "允许示例账号免密码登录：仅限回环地址且已载入示例数据。",
        ),
    ] = True
    breached_file: Annotated[
        str,
        _says(
            "A file of SHA-1 hashes of known passwords, sorted, one a line (`HASH` or"
            " `HASH:count`). New passwords found in it are refused. Empty: the shipped rules only.",
            "已泄露密码的 SHA-1 清单（已排序，每行 `HASH` 或 `HASH:次数`），新密码命中即拒绝。"
            "为空则只用内置规则。",
        ),
    ] = ""


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Logs, which never hold patient data."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _says("Least severity that is written.", "写出的最低级别。"),
    ] = "info"
    format: Annotated[
        Literal["json", "text"], _says("JSON lines, or text for a terminal.", "JSON 行或终端文本。")
    ] = "json"


class TelemetrySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Metrics and traces."""

    metrics: Annotated[
        bool,
        _says("Serve Prometheus metrics under /metrics.", "在 /metrics 提供 Prometheus 指标。"),
    ] = True
    otlp_endpoint: Annotated[
        str,
        _says(
            "Where OpenTelemetry traces go (OTLP over HTTP). Empty: none are made.",
            "OpenTelemetry 跟踪的去处（OTLP/HTTP）。为空则不产生。",
        ),
    ] = ""


class AuditSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The audit trail; its signed heads always go to ``audit-heads`` in the data directory."""

    witness_file: Annotated[
        str,
        _says(
            "A second file for the signed heads, best on another machine's disk.",
            "签名链头的第二份文件，宜放在另一台机器的磁盘上。",
        ),
    ] = ""
    witness_url: Annotated[
        str,
        _says(
            "Address of an external witness, to which the signed heads are posted each second.",
            "外部见证方的地址，每秒向其发送签名链头。",
            pattern=r"^(https?://\S+)?$",
        ),
    ] = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The platform."""

    data: Annotated[
        str,
        _says(
            "The data directory. Empty: /var/lib/xinglin as root, else ~/.local/share/xinglin.",
            "数据目录。为空：root 用 /var/lib/xinglin，其他用户用 ~/.local/share/xinglin。",
        ),
    ] = ""
    host: Annotated[
        str,
        _says(
            "Address to listen on; other than loopback takes TLS or a proxy in front (`tls`).",
            "监听地址；非回环地址需启用 TLS 或前置代理（见 `tls`）。",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, _says("Port; 0 takes a free one.", "端口；0 为任选空闲端口。", ge=0, le=65535)
    ] = 8080
    processes: Annotated[int, _says("Server processes.", "服务进程数。", ge=1, le=64)] = 2
    node: Annotated[
        int,
        _says(
            "Number of this node in the group, given once when the database is made.",
            "本节点在集团中的编号，建库时一次确定。",
            ge=1,
            le=1023,
        ),
    ] = 1
    timezone: Annotated[
        str,
        _says(
            "Zone of times that carry none; stored in the database when it is made.",
            "没有时区的时间按此时区理解；建库时存入数据库。",
        ),
    ] = "Asia/Shanghai"
    database: DatabaseSettings = DatabaseSettings()
    fhir: FhirSettings = FhirSettings()
    sign_in: SignInSettings = SignInSettings()
    provider: ProviderSettings = ProviderSettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    tls: TlsSettings = TlsSettings()
    keys: KeysSettings = KeysSettings()
    limits: LimitSettings = LimitSettings()
    signing: SigningSettings = SigningSettings()
    audit: AuditSettings = AuditSettings()

    def data_dir(self) -> Path:
        """Return the data directory, defaults resolved."""
        if self.data:
            return Path(self.data).expanduser().absolute()
        if os.geteuid() == 0:
            return Path("/var/lib/xinglin")
        return Path.home() / ".local" / "share" / "xinglin"


class Field(msgspec.Struct, frozen=True):
    """One setting, for the reference page and for reading the environment."""

    path: tuple[str, ...]
    kind: Any
    default: Any

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + "_".join(self.path).upper()


def fields(struct: type[msgspec.Struct] = Settings, path: tuple[str, ...] = ()) -> Iterator[Field]:
    """Walk over all settings, in the order of their declaration."""
    hints = get_type_hints(struct, include_extras=True)
    for one in msgspec.structs.fields(struct):
        here = (*path, one.name)
        kind = hints[one.name]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from fields(kind, here)
        else:
            yield Field(here, kind, one.default)


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """Read the file, then the environment over it; refuse what is unknown or out of range."""
    tree = _read(path) if path else {}
    known = {one.variable: one for one in fields()}
    for name, text in env.items():
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES:
            if name not in known:
                raise _unknown(name, known)
            _put(tree, known[name], text)
    _check_names(tree, Settings, ())
    try:
        settings = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        raise _wrong(str(error)) from error
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(
            Issue(
                "value",
                f"The settings file {path} cannot be read: {error}. Mend it, or start without it.",
                f"无法读取设置文件 {path}：{error}。请修正，或不带该文件启动。",
            )
        ) from error


def _put(tree: dict[str, Any], one: Field, text: str) -> None:
    for name in one.path[:-1]:
        tree = tree.setdefault(name, {})
    try:
        tree[one.path[-1]] = msgspec.convert(text, one.kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(f"{error} - at `{one.variable}`") from error


def _check_names(tree: Any, struct: type[msgspec.Struct], path: tuple[str, ...]) -> None:
    # msgspec refuses unknown fields too, but without saying which ones there are.
    hints = get_type_hints(struct)
    for name, value in tree.items() if isinstance(tree, dict) else ():
        if name not in hints:
            raise _unknown(".".join((*path, name)), [".".join((*path, one)) for one in hints])
        if isinstance(hints[name], type) and issubclass(hints[name], msgspec.Struct):
            _check_names(value, hints[name], (*path, name))


def _unknown(name: str, known: Any) -> Invalid:
    near = difflib.get_close_matches(name, list(known), n=1)
    en = f" Did you mean `{near[0]}`?" if near else ""
    zh = f"是否想写 `{near[0]}`？" if near else ""
    return Invalid(
        Issue(
            "value",
            f"There is no setting `{name}`.{en} See docs/reference/settings.md.",
            f"没有名为 `{name}` 的设置。{zh}参见 docs/reference/settings.md。",
        )
    )


def _wrong(what: str) -> Invalid:
    return Invalid(
        Issue(
            "value",
            f"A setting has a wrong value: {what}. See docs/reference/settings.md.",
            f"设置的值有误：{what}。参见 docs/reference/settings.md。",
        )
    )
