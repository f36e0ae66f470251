"""The Java of the tests: the jars that a pom names, fetched by Maven once, and the harness,
compiled once.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.groovy.kept import Kind
from tests.surroundings import ROOT, TOOLS

HERE = ROOT / "tests" / "groovy"
POM = HERE / "pom.xml"
SOURCES = HERE / "src" / "test"

# Maven's own repository, and beside the jars the class path of each pom
REPOSITORY = TOOLS / "maven"
# what is made from sources of ours, named after their contents: of all checkouts
MADE = TOOLS / "groovy"

# a machine with two cores has better uses for them than compiling well what runs for a minute
OPTIONS = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:MetaspaceSize=128m",
    "-XX:-UsePerfData",
)
COMPILER = (
    *(f"-J{option}" for option in OPTIONS),
    "-proc:none",
    "--release",
    "17",
    "-encoding",
    "UTF-8",
)

_RESOLVE = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"


def jars(pom: Path) -> list[Path]:
    """Return the class path of a pom; Maven is started only where it is not known, or a jar is
    missing.
    """
    kind = Kind(REPOSITORY, "class-path")
    contents = {"pom.xml": pom.read_bytes()}
    return _listed(kind.of(contents, lambda file: _resolve(pom, file), _complete))


def _complete(file: Path) -> bool:
    return file.exists() and all(jar.exists() for jar in _listed(file))


def _listed(file: Path) -> list[Path]:
    return [REPOSITORY / name for name in file.read_text(encoding="utf-8").splitlines()]


def _resolve(pom: Path, file: Path) -> None:
    written = file.with_suffix(".txt")
    command = [
        "mvn",
        "-q",
        "-B",
        "--strict-checksums",
        "-f",
        str(pom),
        f"-Dmaven.repo.local={REPOSITORY}",
        _RESOLVE,
    ]
    command.append(f"-Dmdep.outputFile={written}")
    options = os.environ | {"MAVEN_OPTS": " ".join([os.environ.get("MAVEN_OPTS", ""), *OPTIONS])}
    done = subprocess.run(
        command, env=options, capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # relative: the repository may be that of another checkout tomorrow
    paths = written.read_text(encoding="utf-8").strip().split(os.pathsep)
    names = [
        os.path.relpath(os.path.realpath(path), os.path.realpath(REPOSITORY)) for path in paths
    ]
    file.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def classes() -> Path:
    """Return the folder with the compiled harness, its tests and its resources."""
    contents = {str(path.relative_to(HERE)): path.read_bytes() for path in [POM, *_files(SOURCES)]}
    return Kind(MADE, "classes").of(contents | {"options": repr(COMPILER).encode()}, _compile)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _compile(folder: Path) -> None:
    sources = [str(path) for path in _files(SOURCES / "java")]
    shutil.copytree(SOURCES / "resources", folder)
    command = ["javac", *COMPILER, "-cp", class_path(*jars(POM)), "-d", str(folder), *sources]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def class_path(*places: Path) -> str:
    """Return the places as Java takes them."""
    return os.pathsep.join(str(place) for place in places)
