"""Who a member of staff is at WeChat, DingTalk or WeCom."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.sessions import Provider
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import ExternalIdentity
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services import audit
from mobile_hrp.services.identity.login_endpoints import forget_login
from mobile_hrp.services.identity.login_providers import ExternalSubject

_SUBJECT_PURPOSE = "external subject"
_UNION_PURPOSE = "external union id"


async def bind_external_identity(
    session: WriteSession,
    *,
    viewer: Viewer,
    subject: ExternalSubject,
    box: SecretsBox,
    now: datetime,
) -> None:
    """Bind the viewer to an identity at a provider, replacing an earlier one at the same app.

    Raises Refusal EXTERNAL_IDENTITY_TAKEN when it is bound to somebody else, and
    PASSWORD_CHANGE_REQUIRED while the viewer still has an initial password.
    """
    if viewer.must_change_password:
        raise Refusal("PASSWORD_CHANGE_REQUIRED")
    of_app = (
        ExternalIdentity.hospital_id == viewer.hospital_id,
        ExternalIdentity.provider == subject.provider,
        ExternalIdentity.app_id == subject.app_id,
    )
    await session.execute(
        delete(ExternalIdentity).where(*of_app, ExternalIdentity.staff_id == viewer.staff_id)
    )
    taken = await session.scalar(
        select(ExternalIdentity.id).where(
            *of_app, ExternalIdentity.subject_hash.in_(subject_hashes(box, subject))
        )
    )
    if taken is not None or not await _insert(session, viewer, subject, box, now):
        raise Refusal("EXTERNAL_IDENTITY_TAKEN", provider=subject.provider.value)
    await _note(session, viewer, now, bound=True, provider=subject.provider, app_id=subject.app_id)


async def unbind_external_identity(
    session: WriteSession, *, viewer: Viewer, provider: Provider, now: datetime
) -> None:
    """Remove the viewer's bindings at a provider, and ring there no more. May be repeated."""
    removed = await session.scalars(
        delete(ExternalIdentity)
        .where(
            ExternalIdentity.hospital_id == viewer.hospital_id,
            ExternalIdentity.staff_id == viewer.staff_id,
            ExternalIdentity.provider == provider,
        )
        .returning(ExternalIdentity.app_id)
    )
    for app_id in removed.all():
        await _note(session, viewer, now, bound=False, provider=provider, app_id=app_id)
    await forget_login(
        session,
        hospital_id=viewer.hospital_id,
        staff_id=viewer.staff_id,
        provider=provider,
        now=now,
    )


def subject_hashes(box: SecretsBox, subject: ExternalSubject) -> tuple[bytes, ...]:
    """Under which hashes a subject may be stored; the first is the one to store it under."""
    return box.lookup_hashes(
        _SUBJECT_PURPOSE, f"{subject.provider.value}:{subject.app_id}:{subject.subject}"
    )


def open_subject(box: SecretsBox, identity: ExternalIdentity) -> tuple[str, str | None]:
    """The subject and the union id of a binding in clear, for sending to them."""
    context = _context(identity)
    subject = box.open(_SUBJECT_PURPOSE, identity.subject_sealed, context=context)
    if identity.union_sealed is None:
        return subject, None
    return subject, box.open(_UNION_PURPOSE, identity.union_sealed, context=context)


async def _insert(
    session: WriteSession,
    viewer: Viewer,
    subject: ExternalSubject,
    box: SecretsBox,
    now: datetime,
) -> bool:
    """Add the binding; False when somebody else was faster."""
    row = ExternalIdentity(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        staff_id=viewer.staff_id,
        provider=subject.provider,
        app_id=subject.app_id,
        subject_hash=subject_hashes(box, subject)[0],
        bound_at=now,
    )
    context = _context(row)
    union = subject.union_subject
    added = await session.scalar(
        insert(ExternalIdentity)
        .values(
            hospital_id=row.hospital_id,
            id=row.id,
            staff_id=row.staff_id,
            provider=row.provider,
            app_id=row.app_id,
            subject_hash=row.subject_hash,
            subject_sealed=box.seal(_SUBJECT_PURPOSE, subject.subject, context=context),
            union_sealed=box.seal(_UNION_PURPOSE, union, context=context) if union else None,
            bound_at=row.bound_at,
        )
        .on_conflict_do_nothing()
        .returning(ExternalIdentity.id)
    )
    return added is not None


def _context(row: ExternalIdentity) -> str:
    """Bind the sealed texts to the person, so that no row can be given somebody else's."""
    return f"external_identity:{row.hospital_id}:{row.staff_id}:{row.provider}:{row.app_id}"


async def _note(
    session: WriteSession,
    viewer: Viewer,
    now: datetime,
    *,
    bound: bool,
    provider: Provider,
    app_id: str,
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="external_identity.bind" if bound else "external_identity.unbind",
        subject_type="staff",
        subject_id=viewer.staff_id,
        now=now,
        detail={"provider": provider.value, "app_id": app_id},
    )
