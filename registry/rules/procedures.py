"""Procedures of cases, and what came of them, of notices and of objections, in words."""

from registry.base.i18n import Message, msg

PROCEDURE_NAMES: dict[str, Message] = {
    "list": msg("listing for cultivation"),
    "recommend": msg("recommendation"),
    "recognise": msg("recognition"),
    "name": msg("naming"),
    "re_evaluate": msg("re-evaluation"),
    "renew": msg("renewal"),
    "upgrade": msg("upgrade"),
    "correct": msg("correction"),
    "suspend": msg("suspension"),
    "revoke": msg("revocation"),
}
RESULT_NAMES: dict[str, Message] = {
    "recommended": msg("Recommended"),
    "recognised": msg("Recognised"),
    "refused": msg("Refused"),
    "withdrawn": msg("Withdrawn"),
    "revoked": msg("Revoked"),
    "rectified": msg("Put right"),
    "concluded": msg("Closed"),
}
NOTICE_RESULTS: dict[str, Message] = {
    "running": msg("On notice"),
    "cleared": msg("No valid objection"),
    "upheld": msg("Withdrawn after an objection"),
    "stopped": msg("Stopped"),
}
"""What came of an entry of a notice."""
OBJECTION_RESULTS: dict[str, Message] = {
    "open": msg("Open"),
    "dismissed": msg("Dismissed"),
    "upheld": msg("Upheld"),
    "looked_into": msg("Looked into"),
}
CHANNELS: dict[str, Message] = {
    "form": msg("form on the site"),
    "letter": msg("letter"),
    "counter": msg("at the counter"),
}
"""How an objection came."""
