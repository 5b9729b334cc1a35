"""Makes the peer's tables, its company with a token, and its people."""

from django.db import connection
from people.models import Company, Group, Membership, Person, Token

TOKEN = "bench"


def fill(count: int) -> None:
    """Make it all, in an empty database."""
    with connection.schema_editor() as editor:
        for model in (Company, Person, Group, Membership, Token):
            editor.create_model(model)
    company = Company.objects.create(name="Bench")
    Token.objects.create(key=TOKEN, company=company, person=Person.objects.create(scim_username="token"))
    Person.objects.bulk_create(
        [
            Person(
                company=company, scim_username=f"seed{n}@bench.test", email=f"seed{n}@bench.test",
                first_name=f"Given{n}", last_name=f"Family{n}", scim_external_id=f"ext{n}",
            )
            for n in range(count)
        ],
        batch_size=2000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET scim_id = id::text WHERE scim_id IS NULL")
        cursor.execute("ANALYZE")
