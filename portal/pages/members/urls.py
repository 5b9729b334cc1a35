"""The members pages and the acts on people, below `members/`."""

from django.urls import path

from portal.pages.members import acts, listed, waiting

urlpatterns = [
    path("", listed.members, name="members"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("assign/", acts.assign, name="member_assign"),
    path("<uuid:member_id>/assign/", acts.assign_again, name="member_assign_again"),
    path("<uuid:member_id>/unassign/", acts.unassign, name="member_unassign"),
    path("<uuid:member_id>/role/", acts.set_role, name="member_role"),
    path("<uuid:member_id>/suspend/", acts.suspend, name="member_suspend"),
    path("<uuid:member_id>/unsuspend/", acts.unsuspend, name="member_unsuspend"),
    path("<uuid:member_id>/sign-out/", acts.sign_out, name="member_sign_out"),
    path("<uuid:member_id>/allow-return/", acts.allow_return, name="member_allow_return"),
    path("waiting/<uuid:waiting_id>/dismiss/", waiting.dismiss, name="waiting_dismiss"),
]
