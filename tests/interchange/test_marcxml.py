"""MARCXML: namespaces, envelopes, broken XML, and XML that means harm."""

from __future__ import annotations

from catalog.interchange import Reason

NAMESPACE = 'xmlns="http://www.loc.gov/MARC21/slim"'


def xml_record(title: str, number: str = "1") -> str:
    return (
        f"<record><leader>00000cam a2200000zi 4500</leader><controlfield tag='001'>{number}</controlfield>"
        f"<datafield tag='245' ind1='0' ind2='0'><subfield code='a'>{title}</subfield></datafield></record>"
    )


def test_records_are_read_with_and_without_a_namespace_and_inside_an_answer(read_bytes):
    plain = f"<collection>{xml_record('紙の本')}</collection>"
    named = f"<collection {NAMESPACE}>{xml_record('紙の本')}</collection>"
    answer = f"<records><record><recordData>{xml_record('紙の本')}</recordData></record></records>"
    for content in (plain, named, answer):
        bibs, rejects = read_bytes(content.encode())
        assert ([bib.title for bib in bibs], rejects) == (["紙の本"], [])


def test_an_external_entity_is_never_read(read_bytes, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret words")
    content = f'<!DOCTYPE c [<!ENTITY x SYSTEM "file://{secret}">]><c>{xml_record("本&x;")}</c>'
    bibs, rejects = read_bytes(content.encode())
    assert "secret words" not in repr((bibs, rejects))


def test_entities_that_grow_without_end_are_not_expanded(read_bytes):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    bibs, rejects = read_bytes(f"<!DOCTYPE c [{entities}]><c>{xml_record('本&e11;')}</c>".encode())
    assert len(repr((bibs, rejects))) < 5000


def test_broken_xml_rejects_what_it_spoils_and_keeps_what_came_before(read_bytes):
    content = (
        f"<c>{xml_record('一', '1')}<record><datafield tag='245'><subfield code='a'>二</record>{xml_record('三', '3')}"
    )
    bibs, rejects = read_bytes(content.encode())
    assert bibs[0].title == "一"
    assert {each.reason for each in rejects} == {Reason.NOT_XML}


def test_xml_of_another_kind_is_one_reject(read_bytes):
    bibs, [reject] = read_bytes(b"<html><body>404</body></html>")
    assert (bibs, reject.reason) == ([], Reason.NOT_XML)
