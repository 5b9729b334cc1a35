"""The members pages and the acts on people, below `members/`."""

from django.urls import path

from portal.pages.members import acts, detail, export, listed, many, waiting

urlpatterns = [
    path("", listed.members, name="members"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("export.csv", export.csv, name="members_export"),
    path("many/", many.confirm, name="members_many"),
    path("many/assign/", many.assign, name="members_many_assign"),
    path("many/unassign/", many.unassign, name="members_many_unassign"),
    path("many/role/", many.set_role, name="members_many_role"),
    path("many/sign-out/", many.sign_out, name="members_many_sign_out"),
    path("many/<uuid:errand_id>/", many.result, name="members_errand"),
    path("many/<uuid:errand_id>/progress/", many.progress, name="members_errand_progress"),
    path("many/<uuid:errand_id>/take-back/", many.take_back, name="members_errand_take_back"),
    path("assign/", acts.assign, name="member_assign"),
    path("<uuid:member_id>/", detail.member, name="member"),
    path("<uuid:member_id>/assign/", acts.assign_again, name="member_assign_again"),
    path("<uuid:member_id>/unassign/", acts.unassign, name="member_unassign"),
    path("<uuid:member_id>/role/", acts.set_role, name="member_role"),
    path("<uuid:member_id>/suspend/", acts.suspend, name="member_suspend"),
    path("<uuid:member_id>/unsuspend/", acts.unsuspend, name="member_unsuspend"),
    path("<uuid:member_id>/sign-out/", acts.sign_out, name="member_sign_out"),
    path("<uuid:member_id>/allow-return/", acts.allow_return, name="member_allow_return"),
    path("waiting/dismiss/", waiting.dismiss_several, name="waiting_dismiss_several"),
    path("waiting/<uuid:waiting_id>/seat/", waiting.seat, name="waiting_seat"),
    path("waiting/<uuid:waiting_id>/dismiss/", waiting.dismiss, name="waiting_dismiss"),
]
