"""What the measured repositories hold: eight files an application, with values files as long as
real ones are.
"""

from collections.abc import Iterator

ENVIRONMENTS = ("dev", "stage", "prod")

CONFIG = """\
version: 1
apps:
  "*": {path: "apps/{app}"}
environments:
  dev: {verify_digest: "%(entry)s"}
  stage: {from: dev, verify_digest: "%(onward)s"}
  prod: {from: stage, verify_digest: "%(onward)s", approval: {approvers: [alice, bob]}}
"""

_VALUES = """\
# Settings of %(app)s in %(environment)s. What all environments share is in charts/values.yaml.
nameOverride: %(app)s
replicaCount: %(replicas)d

image:
  repository: %(repository)s
  tag: "%(tag)s" # written by the pipeline
  pullPolicy: IfNotPresent
  pullSecrets:
    - name: registry-of-team-%(team)d

serviceAccount:
  create: true
  name: %(app)s-%(environment)s
  annotations:
    owner: team-%(team)d@example.com

service:
  type: ClusterIP
  port: %(port)d
  metrics:
    enabled: true
    port: 9090

ingress:
  enabled: true
  className: nginx
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt-%(environment)s
    nginx.ingress.kubernetes.io/proxy-body-size: 16m
  hosts:
    - host: %(app)s.%(environment)s.example.com
      paths:
        - path: /
          pathType: Prefix
  tls:
    - secretName: %(app)s-tls
      hosts: [%(app)s.%(environment)s.example.com]

resources:
  requests: {cpu: %(cpu)dm, memory: %(memory)dMi}
  limits: {cpu: "2", memory: %(limit)dMi}

autoscaling:
  enabled: %(scaled)s
  minReplicas: 2
  maxReplicas: %(most)d
  targetCPUUtilizationPercentage: 75

probes:
  liveness: {path: /healthz, initialDelaySeconds: 10, periodSeconds: 10}
  readiness: {path: /ready, initialDelaySeconds: 5, periodSeconds: 5}

env:
  - name: LOG_LEVEL
    value: %(level)s
  - name: DATABASE_HOST
    value: postgres-%(team)d.%(environment)s.svc.cluster.local
  - name: DATABASE_NAME
    value: %(database)s
  - name: FEATURE_FLAGS
    value: "search,export,audit-%(team)d"
  - name: UPSTREAM_TIMEOUT_SECONDS
    value: "%(timeout)d"
envFrom:
  - secretRef: {name: %(app)s-secrets}

affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector: {matchLabels: {app.kubernetes.io/name: %(app)s}}
tolerations: []
"""
_CHART = (
    "apiVersion: v2\nname: %s\ndescription: the service %s\ntype: application\nversion: 0.%d.0\n"
)
_README = (
    "# %s\n\nOwned by team %d. Deployed by Argo CD from values-{dev,stage,prod}.yaml; do not "
    "edit tags by hand.\n"
)
_TEMPLATE = """\
apiVersion: {version}
kind: {kind}
metadata:
  name: {{{{ include "app.fullname" . }}}}
  labels: {{{{- include "app.labels" . | nindent 4 }}}}
spec: {{{{- toYaml .Values.{values} | nindent 2 }}}}
"""
# the same in every application, as charts from one scaffold are
SHARED = {
    "charts/values.yaml": "replicaCount: 1\nimage:\n  pullPolicy: "
    "IfNotPresent\nservice:\n  port: 8080\n",
    "charts/templates/deployment.yaml": _TEMPLATE.format(
        version="apps/v1", kind="Deployment", values="deployment"
    ),
    "charts/templates/service.yaml": _TEMPLATE.format(
        version="v1", kind="Service", values="service"
    ),
}


def app_name(number: int) -> str:
    """Return the name of an application, counted from 1."""
    return f"app-{number:05d}"


def own_files(number: int, tags: dict[str, str], repository: str) -> Iterator[tuple[str, bytes]]:
    """Yield path below the application's folder and content of the five files that are its own."""
    app = app_name(number)
    yield "README.md", (_README % (app, number % 40)).encode()
    yield "charts/Chart.yaml", (_CHART % (app, app, number % 30)).encode()
    for environment in ENVIRONMENTS:
        yield (
            f"values-{environment}.yaml",
            values(number, environment, tags[environment], repository),
        )


def values(number: int, environment: str, tag: str, repository: str) -> bytes:
    """Return a values file of some 85 lines."""
    place = ENVIRONMENTS.index(environment)
    return (
        _VALUES
        % {
            "app": app_name(number),
            "environment": environment,
            "tag": tag,
            "repository": repository,
            "team": number % 40,
            "replicas": 1 + place + number % 3,
            "port": 8000 + number % 1000,
            "cpu": 50 * (1 + number % 8),
            "memory": 128 * (1 + number % 6),
            "limit": 512 * (1 + number % 4),
            "scaled": "true" if number % 2 else "false",
            "most": 4 + number % 9,
            "level": ("debug", "info", "warning")[place],
            "database": f"orders_{number * 7919 % 100003}",
            "timeout": 5 + number % 26,
        }
    ).encode()
