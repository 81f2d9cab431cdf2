from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('circulation', '0006_open_loans_by_channel'), ('okalib', '0014_rules_mark')]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER changes_rules_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON circulation_loanperiod
            FOR EACH STATEMENT EXECUTE FUNCTION okalib_change_rules_mark()
            """,
            "DROP TRIGGER changes_rules_mark ON circulation_loanperiod",
        )
    ]
