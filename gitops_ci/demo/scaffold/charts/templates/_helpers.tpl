{{- define "app.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* With a digest, Kubernetes runs these bytes and no others, whatever becomes of the tag. */}}
{{- define "app.image" -}}
{{ required "image.repository is empty" .Values.image.repository }}:{{ required "image.tag is empty" .Values.image.tag }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
