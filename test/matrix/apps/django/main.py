import dj_database_url
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(DATABASES={"default": dj_database_url.config()}, INSTALLED_APPS=["notes"])
django.setup()

from notes.models import Note  # noqa: E402 (models need the settings)

call_command("migrate", run_syncdb=True, verbosity=0)
Note.objects.bulk_create([Note(body="one"), Note(body="two")])
print(f"ok {Note.objects.count()}")
