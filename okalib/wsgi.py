"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from okalib.plain import in_our_encoding

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okalib.settings")
application = in_our_encoding(get_wsgi_application())
