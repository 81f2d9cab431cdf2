from django.db import migrations, models

TABLES = ["policysettings", "library", "openinghours", "yearlyday", "closure", "specialopening", "holiday"]

FUNCTION = """
CREATE FUNCTION okalib_change_rules_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO okalib_rulesmark (id, mark) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET mark = excluded.mark;
    RETURN NULL;
END $$;
INSERT INTO okalib_rulesmark (id, mark) VALUES (1, gen_random_uuid());
"""

TRIGGER = """
CREATE TRIGGER changes_rules_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON okalib_{table}
FOR EACH STATEMENT EXECUTE FUNCTION okalib_change_rules_mark();
"""


class Migration(migrations.Migration):

    dependencies = [('okalib', '0013_disputed_returns')]

    operations = [
        migrations.CreateModel(
            name='RulesMark',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('mark', models.UUIDField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_rules_mark')],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION okalib_change_rules_mark() CASCADE"),
        *[
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER changes_rules_mark ON okalib_{table}")
            for table in TABLES
        ],
    ]
