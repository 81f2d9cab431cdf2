"""The addresses of the catalogue."""

from django.urls import path

from catalog.views import browse, elsewhere, exports, record, results, saved, searching

urlpatterns = [
    path("browse/", browse.browse, name="browse"),
    path("new/", browse.new_arrivals, name="new_arrivals"),
    path("most-reserved/", browse.most_reserved, name="most_reserved"),
    path("classes/", browse.classes, name="classes"),
    path("classes/<str:notation>/", browse.classes, name="class"),
    path("shelf/", browse.shelf, name="shelf"),
    path("search/", results.results, name="search"),
    path("search/detailed/", searching.detailed, name="detailed_search"),
    path("search/suggestions/", searching.suggestions, name="suggestions"),
    path("search/export.ris", exports.results, {"ending": "ris"}, name="export_ris"),
    path("search/export.bib", exports.results, {"ending": "bib"}, name="export_bib"),
    path("elsewhere/", elsewhere.cross_search, name="cross_search"),
    path("elsewhere/<slug:code>/", elsewhere.target, name="cross_search_target"),
    path("records/<int:bib_id>/", record.record, name="record"),
    path("records/<int:bib_id>/citation.ris", exports.citation, {"ending": "ris"}, name="citation_ris"),
    path("records/<int:bib_id>/citation.bib", exports.citation, {"ending": "bib"}, name="citation_bib"),
    path("records/<int:bib_id>/record.mrc", exports.marc, {"ending": "mrc"}, name="record_mrc"),
    path("records/<int:bib_id>/record.marcxml", exports.marc, {"ending": "marcxml"}, name="record_marcxml"),
    path("my/searches/", saved.show, name="saved_searches"),
    path("my/searches/additions/", saved.save, name="save_search"),
    path("my/searches/<int:search_id>/visit/", saved.visit, name="visit_search"),
    path("my/searches/<int:search_id>/name/", saved.rename, name="rename_search"),
    path("my/searches/<int:search_id>/mail/", saved.set_mail, name="set_search_mail"),
    path("my/searches/<int:search_id>/removal/", saved.remove, name="remove_search"),
    path("new-titles/stop/<str:token>/", saved.stop, name="stop_search_mails"),
]
