"""Doors, one's own account, the team."""

from django.urls import path

from tenure_web.accounts import team, views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("come-in/<str:token>/", views.come_in, name="come_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("start/<str:token>/", views.start, name="start"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("forgot/", views.forgot, name="forgot"),
    path("reset/<str:token>/", views.reset, name="reset"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="password"),
    path("settings/team/", team.team, name="team"),
    path("settings/team/invite/", team.invite, name="team_invite"),
    path("settings/team/invitations/<int:number>/withdraw/", team.uninvite, name="team_uninvite"),
    path("settings/team/<int:number>/", team.change, name="team_change"),
    path("settings/team/<int:number>/reset/", team.reset_link, name="team_reset"),
    path("settings/roles/", team.roles, name="roles"),
]
