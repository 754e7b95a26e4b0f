"""Projects, their lines and members, and the people that fees go to."""

import uuid
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.policy.facts.research import (
    LaborRecipients,
    LineFunds,
    ResearchFacts,
    ResearchProject,
)
from mobile_hrp.domain.policy.paid_people import paid_people
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.organization import FundSource, Project, Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.looking_up import ids_on
from mobile_hrp.services.policy.reference_facts import reference_facts


async def load_research(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> ResearchFacts:
    """Own projects and lines; whether a project is a lump sum is said by the research system."""
    del now
    rows = await session.execute(
        select(Project, Staff.name, Staff.active)
        .join(Staff, (Staff.hospital_id == Project.hospital_id) & (Staff.id == Project.leader_id))
        .where(Project.id.in_(ids_on(document, FieldType.PROJECT)))
    )
    projects = rows.all()
    known = {
        fact.key: fact
        for fact in await reference_facts(
            session,
            kind="research_project",
            keys={project.code for project, _, _ in projects},
            on=document.on,
        )
    }
    return ResearchFacts(
        projects={
            str(project.id): ResearchProject(
                code=project.code,
                name=project.name,
                starts_on=project.starts_on,
                ends_on=project.ends_on,
                leader_name=leader,
                leader_active=active,
                lump_sum=project.code in known and known[project.code].flag("lump_sum"),
            )
            for project, leader, active in projects
        },
        lines=await _lines(session, document),
    )


async def _lines(session: AnySession, document: PolicyDocument) -> dict[uuid.UUID, LineFunds]:
    rows = await session.execute(
        select(BudgetLine.id, BudgetLine.code, BudgetLine.project_id, FundSource.nature)
        .outerjoin(
            FundSource,
            (FundSource.hospital_id == BudgetLine.hospital_id)
            & (FundSource.id == BudgetLine.fund_source_id),
        )
        .where(BudgetLine.id.in_(ids_on(document, FieldType.BUDGET_LINE)))
    )
    return {
        key: LineFunds(code, nature or "", str(project_id) if project_id else "")
        for key, code, project_id, nature in rows
    }


async def load_labor_recipients(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> LaborRecipients:
    """The project's salaried members, and which names on the list our own staff bear."""
    del now
    named = ids_on(document, FieldType.PROJECT)
    charged = [one.budget_line_id for one in document.lines if one.budget_line_id is not None]
    by_line = await session.scalars(
        select(BudgetLine.project_id).where(
            BudgetLine.id.in_([*charged, *ids_on(document, FieldType.BUDGET_LINE)]),
            BudgetLine.project_id.is_not(None),
        )
    )
    rows = await session.execute(
        select(Project.code, Project.name)
        .where(Project.id.in_([*named, *by_line]))
        .order_by(Project.code)
    )
    projects = rows.all()
    members = await reference_facts(
        session,
        kind="project_member",
        keys={code for code, _ in projects},
        on=document.on,
    )
    salaried = [fact for fact in members if fact.flag("salaried")]
    names = {person.name for person in paid_people(document) if person.name}
    staff = await session.scalars(select(Staff.name).where(Staff.active, Staff.name.in_(names)))
    return LaborRecipients(
        project="、".join(name for _, name in projects),
        salaried=frozenset(
            text
            for fact in salaried
            for text in (fact.text("member_id"), fact.text("name"))
            if text
        ),
        staff_names=frozenset(staff),
    )
