"""The search gets postings; all that is findable so far becomes the delta, until the first merge."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

import catalog.models.index

TO_DELTA = """
    INSERT INTO catalog_searchdelta (bib_id, tokens) SELECT bib_id, tokens FROM catalog_searchentry;
    UPDATE catalog_searchentry e SET marks = coalesce(' ' || (
        SELECT string_agg(token, ' ' ORDER BY token COLLATE "C") FROM unnest(tsvector_to_array(e.tokens)) AS token
        WHERE token ~ '^(=|no=|ndc=)'
    ) || ' ', '');
"""

# A deleted bib must leave the postings too, and what changes of copies reaches neither index_bibs nor the bib.
TRIGGERS = """
    ALTER TABLE catalog_searchposting ALTER COLUMN bits SET STORAGE EXTERNAL;
    ALTER TABLE catalog_searchfact ALTER COLUMN bits SET STORAGE EXTERNAL;

    CREATE FUNCTION catalog_search_forget() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO catalog_searchdelta (bib_id, tokens) VALUES (OLD.bib_id, '')
        ON CONFLICT (bib_id) DO UPDATE SET tokens = '', stamp = excluded.stamp;
        RETURN NULL;
    END $$;
    CREATE TRIGGER search_forget AFTER DELETE ON catalog_searchentry
        FOR EACH ROW EXECUTE FUNCTION catalog_search_forget();

    CREATE FUNCTION catalog_search_touch_bib() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO catalog_searchtouch (bib_id) VALUES (NEW.id);
        RETURN NULL;
    END $$;
    CREATE TRIGGER search_touch AFTER UPDATE OF is_suppressed, is_on_order ON catalog_bib
        FOR EACH ROW WHEN ((OLD.is_suppressed, OLD.is_on_order) IS DISTINCT FROM (NEW.is_suppressed, NEW.is_on_order))
        EXECUTE FUNCTION catalog_search_touch_bib();

    CREATE FUNCTION catalog_search_touch_item() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            INSERT INTO catalog_searchtouch (bib_id) VALUES (OLD.bib_id);
        END IF;
        IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR NEW.bib_id <> OLD.bib_id) THEN
            INSERT INTO catalog_searchtouch (bib_id) VALUES (NEW.bib_id);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER search_touch AFTER INSERT OR DELETE ON catalog_item
        FOR EACH ROW EXECUTE FUNCTION catalog_search_touch_item();
    CREATE TRIGGER search_touch_on_change AFTER UPDATE OF bib_id, location_id, loanability, whereabouts ON catalog_item
        FOR EACH ROW WHEN ((OLD.bib_id, OLD.location_id, OLD.loanability, OLD.whereabouts)
            IS DISTINCT FROM (NEW.bib_id, NEW.location_id, NEW.loanability, NEW.whereabouts))
        EXECUTE FUNCTION catalog_search_touch_item();
"""
BACK = """
    DROP TRIGGER search_forget ON catalog_searchentry;
    DROP TRIGGER search_touch ON catalog_bib;
    DROP TRIGGER search_touch ON catalog_item;
    DROP TRIGGER search_touch_on_change ON catalog_item;
    DROP FUNCTION catalog_search_forget, catalog_search_touch_bib, catalog_search_touch_item;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0009_disputed_returns'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE catalog_search_stamp", "DROP SEQUENCE catalog_search_stamp"),
        migrations.CreateModel(
            name='SearchDelta',
            fields=[
                ('bib_id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='書誌')),
                ('stamp', models.BigIntegerField(db_default=catalog.models.index.NextStamp(), verbose_name='変更の番号')),
                ('tokens', django.contrib.postgres.search.SearchVectorField(verbose_name='索引語')),
            ],
            options={
                'verbose_name': '検索索引の差分',
                'verbose_name_plural': '検索索引の差分',
            },
        ),
        migrations.CreateModel(
            name='SearchTouch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bib_id', models.BigIntegerField(verbose_name='書誌')),
            ],
            options={
                'verbose_name': '検索索引の所蔵の変更',
                'verbose_name_plural': '検索索引の所蔵の変更',
            },
        ),
        migrations.CreateModel(
            name='SearchDocument',
            fields=[
                ('number', models.IntegerField(primary_key=True, serialize=False, verbose_name='番号')),
                ('bib_id', models.BigIntegerField(unique=True, verbose_name='書誌')),
                ('rank', models.IntegerField(verbose_name='重み')),
            ],
            options={
                'verbose_name': '検索索引の文書',
                'verbose_name_plural': '検索索引の文書',
            },
        ),
        migrations.CreateModel(
            name='SearchPosting',
            fields=[
                ('pk', models.CompositePrimaryKey('token', 'field', blank=True, editable=False, primary_key=True, serialize=False)),
                ('token', models.TextField(db_collation='C', verbose_name='索引語')),
                ('field', models.CharField(max_length=1, verbose_name='項目')),
                ('bits', models.BinaryField(verbose_name='文書')),
            ],
            options={
                'verbose_name': '検索索引の転置表',
                'verbose_name_plural': '検索索引の転置表',
            },
        ),
        migrations.CreateModel(
            name='SearchFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=15, verbose_name='種類')),
                ('value', models.TextField(db_collation='C', verbose_name='値')),
                ('bits', models.BinaryField(verbose_name='文書')),
            ],
            options={
                'verbose_name': '検索索引の絞り込み',
                'verbose_name_plural': '検索索引の絞り込み',
            },
        ),
        migrations.AddConstraint(
            model_name='searchfact',
            constraint=models.UniqueConstraint(fields=('kind', 'value'), name='one_search_fact'),
        ),
        migrations.AddField('searchstate', 'generation', models.BigIntegerField(default=0, verbose_name='世代')),
        migrations.AddField('searchstate', 'ranked', models.IntegerField(default=0, verbose_name='順位のある文書')),
        migrations.AddField('searchstate', 'next_number', models.IntegerField(default=0, verbose_name='次の番号')),
        migrations.AddField('searchstate', 'merged_at', models.DateTimeField(null=True, verbose_name='併合日時')),
        migrations.AddField('searchstate', 'ranked_at', models.DateTimeField(null=True, verbose_name='順位の更新日時')),
        migrations.AddField('searchentry', 'marks', models.TextField(default='', verbose_name='番号・分類・語'), preserve_default=False),
        migrations.RunSQL(TO_DELTA, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='searchdelta',
            index=django.contrib.postgres.indexes.GinIndex(fields=['tokens'], name='search_delta_tokens'),
        ),
        migrations.RemoveIndex('searchentry', 'search_tokens'),
        migrations.RemoveField('searchentry', 'tokens'),
        migrations.RunSQL(TRIGGERS, BACK),
    ]
