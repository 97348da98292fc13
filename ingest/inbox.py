"""The inbox: all that the dashboard takes of this room, and what the command line shares with it.

A page asks its viewer's desk (`Desk`), which asks the matrix. The plain functions leave who may
to their caller: they are for the command line and the worker.
"""

from __future__ import annotations

from ingest.administering import (
    accounts,
    agree_account,
    audit_events,
    audit_faults,
    change_account,
    disable_account,
    grant_account,
    is_over,
    sign_out,
    stand,
    standing,
)
from ingest.attaching import attach_document, document, documents, remove_document
from ingest.bridges import Progress as BridgeProgress
from ingest.bridges import bridge_progress, request_bridge
from ingest.decisions import (
    asked,
    lock,
    locked_periods,
    request_accept,
    request_roll_back,
    request_withdraw,
    request_workbook,
    sign_off,
    signed_off,
    unlock,
)
from ingest.depositing import (
    cancel,
    content,
    deposit,
    progress,
    remove,
    report,
    submissions,
    template,
    write_report,
)
from ingest.desk import Desk
from ingest.desk_views import Changed
from ingest.difference import Difference
from ingest.erasure_order import cancel_erasure, confirm_erasure, erasure_list, order_erasure
from ingest.feedback import (
    answer_finding,
    answers,
    receipt_html,
    receipt_pdf,
    report_workbook,
    take_back_answer,
)
from ingest.form import Form
from ingest.health import health
from ingest.kept_of_site import as_received, difference, due, history
from ingest.looking_back import Kept as KeptStates
from ingest.looking_back import Stood, as_frozen, as_it_stood
from ingest.looking_back import kept as kept_states
from ingest.only_checked import (
    CheckedOnly,
    check_only,
    checked_only,
    forget_check,
    is_check_waiting,
)
from ingest.outgoing import outbox
from ingest.report_frames import Report, Since
from ingest.report_words import cut_words
from ingest.reviewing import (
    analysed_periods,
    case_steps,
    cases,
    move_case,
    review_event,
    with_reviews,
)
from ingest.snapshotting import (
    Validation,
    cancel_snapshot,
    open_snapshot,
    request_snapshot,
    snapshot_differences,
    snapshot_list,
    validation,
)

__all__ = [
    "BridgeProgress",
    "Changed",
    "CheckedOnly",
    "Desk",
    "Difference",
    "Form",
    "KeptStates",
    "Report",
    "Since",
    "Stood",
    "Validation",
    "accounts",
    "agree_account",
    "analysed_periods",
    "answer_finding",
    "answers",
    "as_frozen",
    "as_it_stood",
    "as_received",
    "asked",
    "attach_document",
    "audit_events",
    "audit_faults",
    "bridge_progress",
    "cancel",
    "cancel_erasure",
    "cancel_snapshot",
    "case_steps",
    "cases",
    "change_account",
    "check_only",
    "checked_only",
    "confirm_erasure",
    "content",
    "cut_words",
    "deposit",
    "difference",
    "disable_account",
    "document",
    "documents",
    "due",
    "erasure_list",
    "forget_check",
    "grant_account",
    "health",
    "history",
    "is_check_waiting",
    "is_over",
    "kept_states",
    "lock",
    "locked_periods",
    "move_case",
    "open_snapshot",
    "order_erasure",
    "outbox",
    "progress",
    "receipt_html",
    "receipt_pdf",
    "remove",
    "remove_document",
    "report",
    "report_workbook",
    "request_accept",
    "request_bridge",
    "request_roll_back",
    "request_snapshot",
    "request_withdraw",
    "request_workbook",
    "review_event",
    "sign_off",
    "sign_out",
    "signed_off",
    "snapshot_differences",
    "snapshot_list",
    "stand",
    "standing",
    "submissions",
    "take_back_answer",
    "template",
    "unlock",
    "validation",
    "with_reviews",
    "write_report",
]
