"""Rendered manifests to compare, in kustomize's own form: 220 objects of 55 applications, some 5,000 lines."""

APPLICATIONS = 55

_NAMED = """\
metadata:
  labels:
    app: {app}{x}
    team: {team}{x}
  name: {app}
  namespace: {team}
"""
_DEPLOYMENT = (
    """\
apiVersion: apps/v1
kind: Deployment
"""
    + _NAMED
    + """\
spec:
  replicas: 3{x}
  selector:
    matchLabels:
      app: {app}{x}
  template:
    metadata:
      labels:
        app: {app}{x}
        team: {team}{x}
    spec:
      containers:
      - args:
        - --port=8080{x}
        - --log-level=info{x}
        env:
        - name: DATABASE{x}
          value: postgres://{app}.db{x}
        - name: FEATURES{x}
          value: "on{x}"
        image: ghcr.io/acme/{app}:v41{x}
        name: {app}{x}
        ports:
        - containerPort: 8080{x}
          name: http{x}
        resources:
          limits:
            cpu: 500m{x}
            memory: 256Mi{x}
      serviceAccountName: {app}{x}
"""
)
_SERVICE = (
    """\
apiVersion: v1
kind: Service
"""
    + _NAMED
    + """\
spec:
  ports:
  - name: http{x}
    port: 80{x}
    targetPort: http{x}
  selector:
    app: {app}{x}
    team: {team}{x}
"""
)
_CONFIG = (
    """\
apiVersion: v1
data:
  app.ini: |
    [server]{x}
    port = 8080{x}
    workers = 4{x}
    timeout = 30{x}
    [log]{x}
    level = info{x}
    format = json{x}
  CACHE: redis://{app}.cache{x}
  LOCALE: en_GB{x}
  QUEUE: amqp://{app}.queue{x}
  REGION: eu-west-1{x}
  TIMEZONE: Europe/London{x}
kind: ConfigMap
"""
    + _NAMED
)
_INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt{x}
  labels:
    app: {app}{x}
  name: {app}
  namespace: {team}
spec:
  rules:
  - host: {app}.example.org{x}
    http:
      paths:
      - backend:
          service:
            name: {app}{x}
            port:
              name: http{x}
        path: /{x}
        pathType: Prefix{x}
"""
_ENVELOPE = """\
apiVersion: v1
data:
  password: c2VjcmV0LW9mLXRoZS1hcHA={x}
  token: YW5vdGhlciBzZWNyZXQ={x}
kind: Secret
metadata:
  labels:
    app: {app}{x}
  name: {app}
  namespace: {team}
type: Opaque{x}
"""


def rendering(changed: range = range(0)) -> str:
    """Return the manifests; in some of the objects each line that may is another one."""
    objects = [
        (template, f"app-{number:02}", f"team-{number % 7}")
        for number in range(APPLICATIONS)
        for template in (_DEPLOYMENT, _SERVICE, _ENVELOPE if number % 5 == 0 else _INGRESS, _CONFIG)
    ]
    return "---\n".join(
        template.format(app=app, team=team, x="-next" if number in changed else "")
        for number, (template, app, team) in enumerate(objects)
    )
