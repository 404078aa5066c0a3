"""Bad workflows, each with the path for which it is refused, and its good twin: the same idea, done lawfully."""

from dataclasses import dataclass

from registry.rules.workflow import Workflow
from tests.rules.workflows import ADVERSE, RECOGNISE, RECOMMEND, REVOKE, changed, end, outcome, stage, ways, workflow


@dataclass(frozen=True)
class Pair:
    """A bad workflow, the path that shows it, what is missing on it, and a good twin."""

    name: str
    bad: Workflow
    path: str
    missing: str
    twin: Workflow


ALL = "a review and a decision after the review and a public notice of at least 5 working days after the decision"
LATER = "a decision after the review and a public notice of at least 5 working days after the decision"
NOTICE = "a public notice of at least 5 working days after the decision"
STRAIGHT = "form --submit--> check --yes--> decide --yes--> notice --clear--> document"

# From the document the applicant may still amend; the amended application goes straight back to the document.
LOOP = changed(RECOGNISE, document=ways(RECOGNISE, "document", "amend return amending"))
# A small application skips the decision.
SMALL = changed(RECOGNISE, check=ways(RECOGNISE, "check", "small next notice"))


def _late(to: str) -> Workflow:
    escalated = stage("work", "urged next check")
    return workflow(
        changed(
            RECOGNISE, check=ways(RECOGNISE, "check", f"late timeout {to}"), urge=escalated if to == "urge" else None
        )
    )


def _amended(to: str) -> Workflow:
    publishing = stage("work", "publish next recognised") if to == "publish" else None
    return workflow(
        changed(
            RECOGNISE,
            publish=publishing,
            document=ways(RECOGNISE, "document", outcome(f"correct next {to}", substance=True)),
        )
    )


def _city(back: str) -> Workflow:
    with_county = stage("edit", f"recommended_anew auto {back}", kind="wait", role=None, office=None, days=None)
    return workflow(
        changed(RECOGNISE, with_county=with_county, check=ways(RECOGNISE, "check", "county send_back with_county"))
    )


PAIRS = [
    Pair(
        "loop after the notice",
        workflow({**LOOP, "amending": stage("edit", "done next document")}),
        f"{STRAIGHT} --amend--> amending --done--> document --record--> recognised",
        ALL,
        workflow({**LOOP, "amending": stage("edit", "done next check")}),
    ),
    Pair(
        "automatic edge ends the notice",
        workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", "over auto document"))),
        "form --submit--> check --yes--> decide --yes--> notice --over--> document --record--> recognised",
        NOTICE,
        workflow(
            changed(
                RECOGNISE,
                notice=ways(RECOGNISE, "notice", "clear clear numbered"),
                numbered=stage("auto", "numbered auto document"),
            )
        ),
    ),
    Pair(
        "time-out takes the review's place",
        _late("decide"),
        "form --submit--> check --late--> decide --yes--> notice --clear--> document --record--> recognised",
        ALL,
        _late("urge"),
    ),
    Pair(
        "undone refusal goes on to the document",
        workflow(changed(RECOGNISE, refused={**end("refused"), "outcomes": outcome("reopened undo document")})),
        "form --submit--> check --no--> refused --reopened--> document --record--> recognised",
        ALL,
        workflow(changed(RECOGNISE, refused={**end("refused"), "outcomes": outcome("reopened undo check")})),
    ),
    Pair(
        "undone decision still counts",
        workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", "undone undo decide"))),
        "form --submit--> check --yes--> decide --yes--> notice --undone--> decide --yes--> notice --clear--> document "
        "--record--> recognised",
        ALL,
        workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", "undone undo check"))),
    ),
    Pair(
        "upheld objection without a new review",
        workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", "upheld uphold decide"))),
        "form --submit--> check --yes--> decide --yes--> notice --upheld--> decide --yes--> notice --clear--> document "
        "--record--> recognised",
        ALL,
        workflow(RECOGNISE),
    ),
    Pair(
        "decision before the review",
        workflow(
            changed(
                RECOGNISE,
                form=stage("edit", "submit next decide"),
                withdrawn=None,
                decide=stage("decide", "yes approve check"),
                check=stage("review", "yes recommend notice"),
                refused=None,
            )
        ),
        "form --submit--> decide --yes--> check --yes--> notice --clear--> document --record--> recognised",
        LATER,
        workflow(RECOGNISE),
    ),
    Pair(
        "notice before the decision",
        workflow(
            changed(
                RECOGNISE,
                check=stage("review", "yes recommend notice", "no refuse refused", "back return form"),
                notice=stage("notice", "clear clear decide", "upheld uphold check"),
                decide=stage("decide", "yes approve document", "no refuse refused", "back return check"),
            )
        ),
        "form --submit--> check --yes--> notice --clear--> decide --yes--> document --record--> recognised",
        NOTICE,
        workflow(RECOGNISE),
    ),
    Pair(
        "short notice",
        workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", days=4))),
        f"{STRAIGHT} --record--> recognised",
        NOTICE,
        workflow(changed(RECOGNISE, notice=ways(RECOGNISE, "notice", days=7))),
    ),
    Pair(
        "change of substance after the notice",
        _amended("publish"),
        f"{STRAIGHT} --correct--> publish --publish--> recognised",
        ALL,
        _amended("check"),
    ),
    Pair(
        "small applications skip the decision",
        workflow(SMALL),
        "form --submit--> check --small--> notice --clear--> document --record--> recognised",
        ALL,
        workflow(
            changed(
                RECOGNISE,
                check=ways(RECOGNISE, "check", "small next brief"),
                brief=stage("review", "yes recommend decide", "no refuse refused"),
            )
        ),
    ),
    Pair(
        "applicant goes straight to the title",
        workflow(changed(RECOGNISE, form=ways(RECOGNISE, "form", "known next recognised"))),
        "form --known--> recognised",
        ALL,
        workflow(RECOGNISE),
    ),
    Pair(
        "changed by the county, decided without review",
        _city("decide"),
        "form --submit--> check --county--> with_county --recommended_anew--> decide --yes--> notice --clear--> "
        "document --record--> recognised",
        ALL,
        _city("check"),
    ),
    Pair(
        "revocation without a hearing",
        workflow(
            changed(REVOKE, proposal=stage("review", "propose recommend decision"), hearing=None), "proposal", "revoke"
        ),
        "proposal --propose--> decision --revoke--> revoked",
        "a hearing after the proposal and a decision after the hearing",
        workflow(REVOKE, "proposal", "revoke"),
    ),
    Pair(
        "hearing after the decision to revoke",
        workflow(
            changed(
                REVOKE,
                proposal=stage("review", "propose recommend decision"),
                hearing=stage("work", "heard next revoked", kind="hearing"),
                decision=stage("decide", outcome("revoke approve hearing", **ADVERSE), "keep refuse kept"),
            ),
            "proposal",
            "revoke",
        ),
        "proposal --propose--> decision --revoke--> hearing --heard--> revoked",
        "a decision after the hearing",
        workflow(REVOKE, "proposal", "revoke"),
    ),
    Pair(
        "recommendation that nobody decided",
        workflow(
            changed(RECOMMEND, check=ways(RECOMMEND, "check", "yes recommend with_city"), leader=None),
            procedure="recommend",
        ),
        "form --submit--> check --yes--> with_city --concluded--> ended",
        "a decision after the review",
        workflow(RECOMMEND, procedure="recommend"),
    ),
]
VISIT = stage("work", "seen next check", kind="site_visit")
VISIT_SKIPPED = workflow(changed(RECOGNISE, visit=VISIT, check=ways(RECOGNISE, "check", "look next visit")))
VISIT_FIRST = workflow(
    changed(
        RECOGNISE,
        visit=VISIT,
        form=ways(RECOGNISE, "form", "submit next visit"),
        notice=ways(RECOGNISE, "notice", "upheld uphold visit"),
    )
)
