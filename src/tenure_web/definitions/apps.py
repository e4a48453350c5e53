from django.apps import AppConfig


class DefinitionsConfig(AppConfig):
    name = "tenure_web.definitions"
    label = "definitions"

    def ready(self) -> None:
        from tenure_web.definitions import counting, walking

        counting.start()
        walking.start()
