"""A real Spark cluster for the tests: a master and two worker processes on this machine, from PyPI's pyspark."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

WORKERS = 2
LOGGING = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""


def why_not() -> str | None:
    """Why there can be no cluster here, in words; None when there can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return (
            'pyspark is not installed, so nothing was compared with Spark. Install it with: pip install "tenure[spark]"'
        )
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return (
            "Java is missing, so nothing was compared with Spark. Install a Java 17 runtime (openjdk-17-jre-headless)."
        )
    return None


class Cluster:
    """Starts in the constructor; `address` is where its master listens. `stop` ends its processes, and only these.

    Each process leads a session of its own, so that a worker and the executor it started are ended together, by id.
    Every worker has a folder of its own, which tells whose executors are whose.
    """

    def __init__(self) -> None:
        import pyspark

        self.folder = Path(tempfile.mkdtemp(prefix="tenure-spark-"))
        self._home = Path(pyspark.__file__).parent
        self._processes: list[subprocess.Popen[bytes]] = []
        port = _free_port()
        self.address = f"spark://127.0.0.1:{port}"
        self._start("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        self._workers = 0
        for _ in range(WORKERS):
            self.start_worker()
        self._configure()

    def _start(self, name: str, *arguments: str) -> None:
        environment = {
            **os.environ,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_LOCAL_DIRS": str(self.folder),
        }
        log = (self.folder / f"{len(self._processes)}.log").open("wb")
        self._processes.append(
            subprocess.Popen(
                [self._home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", *arguments],
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
        )

    def _configure(self) -> None:
        """What an installation writes into spark-defaults.conf. The driver waits for both workers."""
        choices = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.executor.memory": "800m",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.cores.max": "2",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
            "spark.ui.enabled": "false",
            "spark.buffer.pageSize": "1m",  # many joins at once in little memory
            # A few thousand rows: what pays on large tables only costs time here.
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.constraintPropagation.enabled": "false",
            "spark.sql.lightweightPlanChangeValidation": "false",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.sql.autoBroadcastJoinThreshold": "-1",
            "spark.sql.warehouse.dir": str(self.folder / "warehouse"),
            "spark.sql.debug.maxToStringFields": "1",
        }
        text = "\n".join(f"{name} {value}" for name, value in choices.items())
        (self.folder / "spark-defaults.conf").write_text(text)
        (self.folder / "log4j2.properties").write_text(LOGGING)
        os.environ["SPARK_CONF_DIR"] = str(self.folder)

    def tasks(self) -> list[int]:
        """How many tasks of the running application each worker's executors have completed."""
        from pyspark import SparkContext

        executors = SparkContext._active_spark_context._jsc.sc().statusStore().executorList(False)
        done = {executors.apply(n).id(): executors.apply(n).completedTasks() for n in range(executors.size())}
        return [
            sum(done.get(each.name, 0) for each in self.folder.glob(f"work{number}/app-*/*"))
            for number in range(self._workers)
        ]

    def start_worker(self) -> None:
        """One more worker, with one core."""
        self._start(
            "worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
            "--work-dir", str(self.folder / f"work{self._workers}"), self.address,
        )  # fmt: skip
        self._workers += 1

    def kill_worker(self) -> None:
        """End the newest worker and its executor as a power cut would."""
        os.killpg(self._processes[-1].pid, signal.SIGKILL)

    def logs(self) -> str:
        """The end of what master and workers said."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{each.name}: {each.read_text(errors='replace')[-2000:]}" for each in files)

    def stop(self) -> None:
        """End the application and the processes."""
        from pyspark import SparkContext

        if SparkContext._active_spark_context:
            SparkContext._active_spark_context.stop()
        os.environ.pop("SPARK_CONF_DIR", None)
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):  # killed by a test, or dead by itself
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes:
            process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
