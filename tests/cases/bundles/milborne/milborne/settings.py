SECRET_KEY = "of a test"
INSTALLED_APPS = ["milborne"]
