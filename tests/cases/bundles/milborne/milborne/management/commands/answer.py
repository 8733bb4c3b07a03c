import os
import pwd

from django.core.management.base import BaseCommand

from milborne import answer


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--plus", type=int, default=0)

    def handle(self, plus, **options):
        settings = os.path.basename(os.environ["MILBORNE_CONFIG"])
        user = pwd.getpwuid(os.getuid()).pw_name
        self.stdout.write(f"{answer() + plus}, {settings}, {os.environ['DJANGO_SETTINGS_MODULE']}, {user}")
