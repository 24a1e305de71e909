"""What is said where something cannot be signed, and what to do about it.

Design, section 6, rule 6.
"""

from __future__ import annotations

from xinglin.kernel.errors import Conflict, Forbidden, Invalid, Issue, NotFound


def no_key() -> Conflict:
    """The account cannot sign yet."""
    return Conflict(
        Issue(
            "login",
            "You have no signing key that this opens. Make one: My account, or POST "
            "/signing/enrol with your password.",
            "您没有可用此方式打开的签名密钥。请在“我的账号”中创建，"
            "或 POST /signing/enrol 并提供密码。",
        )
    )


def locked() -> Forbidden:
    """The key is not open in this session."""
    return Forbidden(
        Issue(
            "login",
            "Your signing key is locked. Unlock it for this shift (POST /signing/unlock with your "
            "password or PIN), then sign.",
            "您的签名密钥已锁定。请先为本班次解锁（POST /signing/unlock，提供密码或 PIN），"
            "再签名。",
        )
    )


def expired() -> Forbidden:
    """The certificate is over; unlocking renews it."""
    return Forbidden(
        Issue(
            "expired",
            "Your certificate has expired. Unlock your signing key again: that renews it.",
            "您的证书已到期。请重新解锁签名密钥，系统将自动续期。",
        )
    )


def wrong() -> Forbidden:
    """The secret does not open it."""
    return Forbidden(
        Issue(
            "login",
            "That does not open your signing key. Check the password or PIN and try again.",
            "无法打开您的签名密钥。请核对密码或 PIN 后重试。",
        )
    )


def wait(seconds: int) -> Forbidden:
    """Too many attempts."""
    return Forbidden(
        Issue(
            "throttled",
            f"Too many wrong attempts to open your signing key. Wait {seconds} seconds.",
            f"打开签名密钥的错误次数过多，请等待 {seconds} 秒。",
        ),
        headers={"Retry-After": str(seconds)},
    )


def reason(given: str) -> Invalid:
    """No reason of RFC 5280."""
    known = "unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation"
    return Invalid(
        Issue(
            "code-invalid",
            f"{given[:40]!r} is no reason to revoke; use one of {known}",
            f"{given[:40]!r} 不是吊销原因；可用 {known}",
        )
    )


def foreign() -> Forbidden:
    """The key belongs to somebody else."""
    return Forbidden(
        Issue(
            "forbidden",
            "A signature can only be made with one's own key.",
            "只能使用本人的密钥签名。",
        )
    )


def hidden(type_: str) -> Forbidden:
    """Nobody signs what he is not shown in full."""
    return Forbidden(
        Issue(
            "forbidden",
            f"Parts of this {type_} are hidden from you, so you can neither sign it nor take its "
            "evidence away.",
            f"此 {type_} 有部分内容对您隐藏，因此您不能签署，也不能导出其证据。",
        )
    )


def step_up() -> Forbidden:
    """A key opened by a PIN is only made for whom one is sure of."""
    return Forbidden(
        Issue(
            "login",
            "Prove again who you are (POST /auth/step-up), then make the key within ten minutes.",
            "请先再次验证身份（POST /auth/step-up），并在十分钟内创建密钥。",
        )
    )


def unsigned() -> NotFound:
    """Evidence of nothing."""
    return NotFound(
        Issue(
            "not-found",
            "This Provenance signs no version of a resource.",
            "此 Provenance 未签署任何资源版本。",
        )
    )


def twice() -> Invalid:
    """A change of secret takes one that is known and one that is new."""
    return Invalid(
        Issue(
            "required",
            "Give one secret under known and one under new, each a password or a pin",
            "请在 known 与 new 中各提供一个 password 或 pin",
        )
    )
