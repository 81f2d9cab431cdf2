"""A migration of a library in use holds no lock for long: nothing that reads or rewrites a large table under one.

Everything up to `FIRST_RELEASE` meets empty tables only. What comes after is read as SQL, statement by statement; the
way that holds no lock is said beside each danger. How a filled database goes forward is in tests/faults.
"""

import re

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

FIRST_RELEASE = {
    "okalib": 14,
    "catalog": 10,
    "notifications": 4,
    "holds": 4,
    "circulation": 7,
    "delivery": 4,
}
"""The last migration of each app that runs before any library is in use."""

LARGE = {
    "catalog_appearance", "catalog_bib", "catalog_item", "catalog_searchdocument", "catalog_searchentry",
    "catalog_searchfact", "catalog_searchname", "catalog_searchposting", "circulation_loan",
    "circulation_readingrecord", "delivery_bag", "delivery_slipline", "django_session", "holds_hold", "holds_pullline",
    "notifications_notice", "okalib_card", "okalib_figure", "okalib_patron", "okalib_patronview", "okalib_staffaction",
    "okalib_user",
}  # fmt: skip
"""Tables that grow with the stock, the readers or the years."""

DANGERS = {
    r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).* ON \"(?P<table>\w+)\"":
        "locks out writers while it builds: AddIndexConcurrently in a migration with atomic = False",
    r"ALTER TABLE \"(?P<table>\w+)\".* TYPE ":
        "rewrites the table: a new column, filled in batches, and the old one dropped a release later",
    r"ALTER TABLE \"(?P<table>\w+)\" ADD COLUMN .*(GENERATED|random|clock_timestamp|nextval|IDENTITY|serial)":
        "rewrites the table: a column that may be null, filled in batches",
    r"ALTER TABLE \"(?P<table>\w+)\".* ADD CONSTRAINT \"?\w+\"? UNIQUE":
        "builds an index under a lock: a unique index CONCURRENTLY, and ADD CONSTRAINT … USING INDEX",
    r"ALTER TABLE \"(?P<table>\w+)\".* ADD CONSTRAINT (?!.*(NOT VALID|USING INDEX)).*(CHECK|FOREIGN KEY|EXCLUDE)":
        "reads the table under a lock: AddConstraintNotValid, and ValidateConstraint in a migration of its own",
    r"ALTER TABLE \"(?P<table>\w+)\" ADD COLUMN .* CONSTRAINT .* REFERENCES":
        "fine while the column is new and null",
    r"ALTER TABLE \"(?P<table>\w+)\".* SET NOT NULL":
        "reads the table under a lock: a CHECK NOT VALID first, validated; then it knows without reading",
    r"(UPDATE|DELETE FROM) \"?(?P<table>\w+)\"? ":
        "holds the rows until all are done: in batches, in a migration with atomic = False",
    r"(CLUSTER|VACUUM FULL|LOCK TABLE|REINDEX \w+(?! CONCURRENTLY)) \"?(?P<table>\w+)\"?":
        "locks out everybody",
}  # fmt: skip
FINE = "fine while"


def dangers_in(statements):
    """What of a migration's statements would hold a large table, with the way that would not."""
    made_here = {name for line in statements for name in re.findall(r"CREATE TABLE \"(\w+)\"", line)}
    found = []
    for statement in statements:
        line = " ".join(statement.split())
        for danger, way in DANGERS.items():
            match = re.match(danger, line)
            if match and match["table"] in LARGE - made_here:
                if not way.startswith(FINE):
                    found.append(f"{line[:100]}… {way}")
                break
    return found


def sql_of(loader, name):
    migration = loader.get_migration(*name)
    return [line for line in loader.collect_sql([(migration, False)]) if not line.startswith("--")]


def ours(loader, *, released):
    names = sorted(name for name in loader.disk_migrations if name[0] in FIRST_RELEASE)
    return [name for name in names if (int(name[1][:4]) <= FIRST_RELEASE[name[0]]) == released]


@pytest.mark.django_db
def test_no_migration_since_the_first_release_holds_a_large_table_for_long():
    """Forward on a filled database without long locks."""
    loader = MigrationLoader(connection, replace_migrations=False)
    found = {name: dangers_in(sql_of(loader, name)) for name in ours(loader, released=False)}
    assert {name: dangers for name, dangers in found.items() if dangers} == {}


@pytest.mark.django_db
def test_a_migration_in_python_since_the_first_release_works_in_batches():
    """What cannot be read as SQL must at least not be one transaction."""
    loader = MigrationLoader(connection, replace_migrations=False)
    migrations = {name: loader.get_migration(*name) for name in ours(loader, released=False)}
    in_python = {
        name
        for name, migration in migrations.items()
        if any(type(operation).__name__ == "RunPython" for operation in migration.operations)
    }
    assert [name for name in in_python if migrations[name].atomic] == []


@pytest.mark.django_db
def test_the_reader_sees_what_the_first_release_did_to_tables_then_empty():
    """The test of the test: before there was anything in them, large tables were changed carelessly, and it is seen."""
    loader = MigrationLoader(connection, replace_migrations=False)
    names = ours(loader, released=True)
    found = [danger for name in names for danger in dangers_in(sql_of(loader, name))]
    assert len(names) >= 40
    assert len(found) >= 5
    print(f"{len(found)} in {len(names)} migrations of the first release")


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "by_day" ON "circulation_loan" ("due_on")',
        'CREATE UNIQUE INDEX "one" ON "holds_hold" ("item_id") WHERE "state" = \'ready\'',
        'ALTER TABLE "catalog_item" ALTER COLUMN "shelf_mark" TYPE text USING "shelf_mark"::text',
        'ALTER TABLE "catalog_bib" ADD COLUMN "token" uuid DEFAULT gen_random_uuid() NOT NULL',
        'ALTER TABLE "catalog_bib" ADD COLUMN "long" integer GENERATED ALWAYS AS (length(title)) STORED',
        'ALTER TABLE "catalog_item" ADD CONSTRAINT "sound" CHECK ("due_on" IS NULL)',
        'ALTER TABLE "catalog_item" ADD CONSTRAINT "owner" FOREIGN KEY ("x") REFERENCES "okalib_library" ("id")',
        'ALTER TABLE "catalog_item" ADD CONSTRAINT "one_number" UNIQUE ("item_number")',
        'ALTER TABLE "okalib_patron" ALTER COLUMN "area" SET NOT NULL',
        'UPDATE "notifications_notice" SET "language" = \'ja\' WHERE "language" IS NULL',
        'LOCK TABLE "circulation_loan" IN ACCESS EXCLUSIVE MODE',
    ],
)
def test_what_would_hold_a_large_table_is_found(statement):
    """Each kind of danger, as Django or a person writes it."""
    assert len(dangers_in([statement])) == 1


@pytest.mark.parametrize(
    "statements",
    [
        ['CREATE INDEX CONCURRENTLY "by_day" ON "circulation_loan" ("due_on")'],
        ['CREATE INDEX "by_day" ON "okalib_library" ("code")'],
        ['ALTER TABLE "catalog_item" ADD COLUMN "note" varchar(80) DEFAULT \'\' NOT NULL'],
        ['ALTER TABLE "catalog_item" ADD COLUMN "note" varchar(80) NULL'],
        ['ALTER TABLE "catalog_item" ALTER COLUMN "note" DROP DEFAULT'],
        ['ALTER TABLE "catalog_item" ADD CONSTRAINT "sound" CHECK ("due_on" IS NULL) NOT VALID'],
        ['ALTER TABLE "catalog_item" VALIDATE CONSTRAINT "sound"'],
        ['ALTER TABLE "catalog_item" DROP COLUMN "note"'],
        ['CREATE TABLE "holds_hold" ("id" bigint)', 'CREATE INDEX "by_id" ON "holds_hold" ("id")'],
    ],
)
def test_what_holds_no_table_for_long_is_let_through(statements):
    """The ways that are said beside the dangers, small tables, and tables that the migration itself has made."""
    assert dangers_in(statements) == []
