"""The smallest models that django-scim2's mixins can stand on, with the index its look-ups by userName need."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Company(models.Model):
    """What parts one customer's people from another's."""

    name = models.CharField(max_length=100)


class Person(AbstractSCIMUserMixin, AbstractBaseUser):
    """A person."""

    company = models.ForeignKey(Company, models.CASCADE, null=True)
    scim_username = models.CharField(max_length=254, unique=True)
    email = models.EmailField()
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    password = models.CharField(max_length=128, default="!")

    USERNAME_FIELD = "scim_username"
    objects: ClassVar[Any] = models.Manager()

    @property
    def username(self) -> str:
        """The library asks for this name."""
        return str(self.scim_username)

    @username.setter
    def username(self, value: str) -> None:
        self.scim_username = value

    @property
    def scim_groups(self) -> Any:
        """The groups a person is in."""
        return Group.objects.filter(membership__person=self)


class Group(AbstractSCIMGroupMixin):
    """A group."""

    company = models.ForeignKey(Company, models.CASCADE)
    name = models.CharField(max_length=80)


class Membership(models.Model):
    """Who is in which group."""

    person = models.ForeignKey(Person, models.CASCADE)
    group = models.ForeignKey(Group, models.CASCADE)


class Token(models.Model):
    """A bearer token of a company."""

    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, models.CASCADE)
    company = models.ForeignKey(Company, models.CASCADE)
