"""What a verdict is called, and why, in both languages.

docs/adr/0014-signatures.md; 电子签名法 art. 13.
"""

from __future__ import annotations

_TEXTS = {
    "sound": (
        "Valid: content, signer and time are what was signed.",
        "有效：内容、签名人和时间均与签署时一致。",
    ),
    "later": (
        (
            "Valid: signed while the certificate was good, as the time stamp proves; it has "
            "expired or been revoked since."
        ),
        "有效：时间戳证明签署时证书有效；证书此后已到期或被吊销。",
    ),
    "unstamped": (
        "Valid now, but without a time stamp: when it was signed rests on the signer's word.",
        "目前有效，但没有时间戳：签署时间仅凭签名人自述。",
    ),
    "unsigned": ("There is no signature in it.", "其中没有签名。"),
    "content": (
        "Altered: the content, or the signature itself, is not what was signed.",
        "已被改动：内容或签名本身与签署时不一致。",
    ),
    "claims": (
        (
            "Altered: what is said about the signature (who, when, for what, of which version) "
            "is not what was signed."
        ),
        "已被改动：签名的说明（签名人、时间、用途或版本）与签署时不一致。",
    ),
    "person": (
        "Altered: the certificate belongs to somebody else than the person named.",
        "已被改动：证书不属于所署名的人。",
    ),
    "unreadable": (
        "Altered: the signature cannot be read.",
        "已被改动：无法读取签名。",
    ),
    "list": (
        "Altered: a revocation list is not signed by who should have made it.",
        "已被改动：吊销列表不是由应有的机构签发。",
    ),
    "stamp": (
        (
            "Its time stamp does not hold: it was altered, expired, revoked or comes from a "
            "service that is not trusted here."
        ),
        "时间戳不成立：已被改动、过期、吊销，或来自此处不信任的服务。",
    ),
}
_SIGNER = {
    "altered": (
        "Altered: a certificate above the signer's is not what its authority made.",
        "已被改动：签名人的上级证书与签发时不一致。",
    ),
    "expired": (
        (
            "Expired: the signer's certificate was not in its time when this was signed, and no "
            "time stamp proves otherwise."
        ),
        "已过期：签署时证书不在有效期内，且没有时间戳证明相反的情况。",
    ),
    "revoked": (
        "Revoked: the signer's certificate had been revoked when this was signed.",
        "已吊销：签署时签名人的证书已被吊销。",
    ),
    "unknown": (
        "Unknown signer: no authority that is trusted here vouches for the certificate.",
        "签名人未知：没有此处信任的机构为该证书担保。",
    ),
}


def of(text: str, outcome: str) -> tuple[str, str]:
    """English and Chinese."""
    return _SIGNER[outcome] if text == "signer" else _TEXTS[text]
