{{- define "app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "app.labels" -}}
{{ include "app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "._-" | quote }}
{{- with .Values.image.tag }}
app.kubernetes.io/version: {{ . | trunc 63 | trimAll "._-" | quote }}
{{- end }}
{{- end }}

{{/* Empty before the first release. A tag that was emptied later stops the deployment instead of the application. */}}
{{- define "app.released" -}}
{{- if and .Values.image.digest (not .Values.image.tag) }}
{{- fail "image.tag is empty beside an image.digest: gitops-ci writes both" }}
{{- end }}
{{- .Values.image.tag }}
{{- end }}

{{/* With a digest, Kubernetes runs these bytes and no others, whatever becomes of the tag. */}}
{{- define "app.image" -}}
{{ required "image.repository is empty" .Values.image.repository }}:{{ include "app.released" . | default "not-released-yet" }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
