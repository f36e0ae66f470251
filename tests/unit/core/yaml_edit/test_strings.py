"""What may stand without quotes: only what YAML 1.1, YAML 1.2 and Go all read as a string."""

import pytest
import ruamel.yaml
import yaml

from gitops_ci.core.yaml_edit import set_values
from gitops_ci.model.key_path import parse_key_path

# each is a number, a truth value, null, a date or a merge for at least one of the readers
NO_STRINGS = """
    15 0 -1 +1 1_000 0x1F 0X1f 0x_1 0__x7 0o17 0O7 0b101 0B1 017 08 0777 0123456 1,000 12345678901234567890 1__0 0_7
    1.20 1.10 1. .5 -.5 +.5 1.e3 1e3 1E5 1e+3 1e-3 12e5 12e4567 5e5022 0.0 00 -0 1_0.5 6.02e23 1e400 ._ . 0x1p4
    .inf -.inf +.INF .Inf .nan .NaN .NAN nan NaN inf Infinity infinity
    1:30 12:30:45 190:20:30.15 0:0 2001-01-01 2001-1-1 2001-01-01T10:00:00Z 2001-01-01t1:2:3
    ~ null Null NULL true True TRUE false False FALSE yes Yes YES no No NO on On ON off Off OFF y Y n N = <<
""".split()
STRINGS = """
    v1 v2.0.0 latest 1.2.3 1.2.3-rc.1 10.0.0.1 9f8e7d6 e913454 786512e 0b82e1f 7865efd 1.20-alpine 20240115-1 2024-01-15-abc
    20240115.1-abc sha256:0000 host:5000/team/app:15@sha256:00 registry.example.com/app:1.20 15-4c1f2e0 yes1 nullable truely 0xyz
    _1 1-2 a+b main_15 feature/x ./x ../x /etc/x $HOME
""".split()


def written(text: str) -> str:
    return set_values(b"tag: old\n", {parse_key_path("tag"): text}, name="v").decode()


@pytest.mark.parametrize("text", NO_STRINGS)
def test_it_is_quoted(text: str) -> None:
    assert written(text) == f'tag: "{text}"\n'


@pytest.mark.parametrize("text", STRINGS)
def test_it_stays_plain_and_every_reader_reads_it(text: str) -> None:
    assert written(text) == f"tag: {text}\n"
    assert yaml.safe_load(f"tag: {text}\n") == {"tag": text}
    assert ruamel.yaml.YAML(typ="safe", pure=True).load(f"tag: {text}\n") == {"tag": text}
