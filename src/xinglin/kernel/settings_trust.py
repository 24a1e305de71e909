"""Settings of transport, secrets, limits and signatures; part of `settings.Settings`.

docs/explanation/security.md; docs/reference/settings.md is generated from them.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


def _says(en: str, zh: str, **limits: Any) -> msgspec.Meta:
    return msgspec.Meta(description=en, extra={"zh": zh}, **limits)


class TlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Transport: TLS of our own, or of a proxy in front. docs/howto/tls.md."""

    certificate: Annotated[
        str,
        _says(
            "PEM file of the server's certificate and those above it. Empty: the one that "
            "`xinglin tls init` made, where it was run.",
            "服务器证书及其上级证书的 PEM 文件。为空则使用 `xinglin tls init` 生成的证书（如有）。",
        ),
    ] = ""
    key: Annotated[
        str,
        _says(
            "PEM file of its private key, readable by the platform alone.",
            "对应私钥的 PEM 文件，仅本平台可读。",
        ),
    ] = ""
    proxies: Annotated[
        str,
        _says(
            "Addresses or networks of the proxies in front that terminate TLS, by comma. From them "
            "alone X-Forwarded-For, -Proto and -Host are believed.",
            "前置并终止 TLS 的代理的地址或网段，以逗号分隔。仅信任来自它们的"
            " X-Forwarded-For、-Proto、-Host。",
        ),
    ] = ""
    names: Annotated[
        str,
        _says(
            "Further names the platform is reached by, by comma. Those of the certificate and of "
            "`fhir.base_url` are known.",
            "访问本平台所用的其他主机名，以逗号分隔。证书和 `fhir.base_url` 中的名称已自动识别。",
        ),
    ] = ""


class KeysSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Secret keys, which are kept in the folder `keys` of the data directory."""

    passphrase: Annotated[
        str,
        _says(
            "Guards the master key of that folder; better given by the environment than by the "
            "file. Empty: the permissions of the file alone guard it.",
            "保护该目录主密钥的口令；宜用环境变量给出，而不写入文件。为空则仅靠文件权限保护。",
        ),
    ] = ""
    master: Annotated[
        str,
        _says(
            "File of the master key, where it should lie elsewhere than the keys it seals.",
            "主密钥文件的位置（需与所封存的密钥分开存放时填写）。",
        ),
    ] = ""


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much one client may ask, in each process; clients on this machine are not limited."""

    client_rate: Annotated[
        float,
        _says(
            "Requests a second of one address; 0: no limit.",
            "同一地址每秒请求数；0 为不限。",
            ge=0,
        ),
    ] = 300.0
    client_burst: Annotated[
        int, _says("How many of them may come at once.", "允许的瞬时请求数。", ge=1)
    ] = 3000
    account_rate: Annotated[
        float,
        _says(
            "Requests a second of one account; 0: no limit.",
            "同一账号每秒请求数；0 为不限。",
            ge=0,
        ),
    ] = 50.0
    account_burst: Annotated[
        int, _says("How many of them may come at once.", "允许的瞬时请求数。", ge=1)
    ] = 500
    sign_in_rate: Annotated[
        float,
        _says(
            "Attempts a second of one address at what takes a secret; 0: no limit.",
            "同一地址每秒尝试登录等需出示凭证操作的次数；0 为不限。",
            ge=0,
        ),
    ] = 2.0
    sign_in_burst: Annotated[
        int, _says("How many of them may come at once.", "允许的瞬时请求数。", ge=1)
    ] = 40


class SigningSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Electronic signatures. docs/adr/0014-signatures.md."""

    organization: Annotated[
        str,
        _says(
            "Name of the institution in its certificates; used when they are made.",
            "证书中的机构名称；在生成证书时使用。",
        ),
    ] = "Xinglin"
    certificate_days: Annotated[
        int,
        _says("How long a signer's certificate is good.", "签名人证书的有效天数。", ge=1, le=1825),
    ] = 365
    shift_hours: Annotated[
        int,
        _says(
            "How long a signing key stays unlocked in one session.",
            "一次解锁后签名密钥在本次会话中的可用小时数。",
            ge=1,
            le=24,
        ),
    ] = 13


class ProviderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hospital's own OpenID Connect provider. docs/howto/connect-a-provider.md."""

    issuer: Annotated[
        str,
        _says(
            "Its issuer, exactly as it writes it. Empty: people sign in here alone.",
            "统一登录的 issuer，须与其自身写法完全一致。为空则只在本平台登录。",
            pattern=r"^(https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?[^\s?#]*)?$",
        ),
    ] = ""
    name: Annotated[str, _says("What the sign-in page calls it.", "登录页上显示的名称。")] = ""
    client_id: Annotated[
        str, _says("What the platform is called there.", "本平台在该处的客户端标识。")
    ] = "xinglin"
    secret: Annotated[
        str,
        _says(
            "The platform's secret there; better given by the environment or a file.",
            "本平台在该处的密钥串；建议用环境变量或文件提供。",
        ),
    ] = ""
    secret_file: Annotated[
        str,
        _says(
            "File with that secret, readable by the platform alone.",
            "存放该密钥串的文件，仅本平台可读。",
        ),
    ] = ""
    scope: Annotated[str, _says("What is asked for.", "申请的范围。")] = "openid profile"
    claim: Annotated[
        str,
        _says(
            "The claim that has the account name, by which somebody is known at the first time.",
            "首次登录时用于对应账号名的声明。",
        ),
    ] = "preferred_username"
