#!/bin/sh
# The checks of dev: does the image start, is the port right, does Helm take the chart, is the service reachable?
#
#   checks/dev.sh image             runs $IMAGE as the chart does and waits until it answers
#   checks/dev.sh chart DIR         lints and renders the chart in DIR (a checkout of the GitOps repository) with values-dev.yaml
#   checks/dev.sh service           waits until $IMAGE runs in dev, and asks the service; with SERVICE_URL that address alone
#
# Exit code 0: all is well. 1: a check failed. 2: it could not be made (what is missing is named).
set -eu

APP=${APP:-@@app}
PORT=${PORT:-@@port}                            # that the application listens on
HEALTH_PATH=${HEALTH_PATH:-@@path}
PATIENCE=${PATIENCE:-60}                       # seconds for a start
ROLLOUT_PATIENCE=${ROLLOUT_PATIENCE:-600}      # seconds until Argo CD has deployed it: it looks every few minutes
NAMESPACE=${NAMESPACE:-dev}
SERVICE=${SERVICE:-$APP-$NAMESPACE}
RUN_AS=${RUN_AS:-10001}                        # runAsUser of the chart
ENGINE=${ENGINE:-}                             # docker or podman, with options if need be
CHECK_HOST=${CHECK_HOST:-127.0.0.1}            # where published ports are reached

work=$(mktemp -d)
container=
forward=
clean_up() {
    code=$?
    trap - EXIT
    if [ -n "$forward" ]; then kill "$forward" 2>/dev/null || :; fi
    # shellcheck disable=SC2086 # the engine may be several words
    if [ -n "$container" ]; then $ENGINE rm -f "$container" >/dev/null 2>&1 || :; fi
    rm -rf "$work"
    exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

good() { echo "ok    $*"; }
fail() { echo "FAIL  $*" >&2; exit 1; }
lacking() { echo "can't check: $*" >&2; exit 2; }
has() { command -v "$1" >/dev/null 2>&1; }
now() { date +%s; }

# The status of an answer, 000 where there is none.
status() {
    if has curl; then
        curl --silent --output /dev/null --max-time 5 --noproxy "$CHECK_HOST" --write-out '%{http_code}' "$1" || :
    else
        no_proxy=$CHECK_HOST wget -q -S -T 5 -t 1 -O /dev/null "$1" 2>&1 | sed -n 's/^ *HTTP\/[0-9.]* \([0-9]*\).*/\1/p' | tail -n 1
    fi
}

needs_a_client() { has curl || has wget || lacking "neither curl nor wget is installed on this agent"; }

# Asks until the answer has a status from 200 to 399, as a probe of Kubernetes would have it; "$2" says whether asking still makes sense.
answers() {
    end=$(($(now) + PATIENCE))
    last=000
    while :; do
        last=$(status "$1")
        case $last in 2?? | 3??) return 0 ;; esac
        $2 || return 1
        if [ "$(now)" -ge "$end" ]; then return 1; fi
        sleep 1
    done
}

told() {
    case $last in
        000 | '') echo "nothing answers" ;;
        *) echo "the answer is HTTP $last" ;;
    esac
}

check_image() {
    needs_a_client
    [ -n "${IMAGE:-}" ] || lacking "IMAGE is not set: give repository:tag, or repository@digest"
    if [ -z "$ENGINE" ]; then
        for each in docker podman; do
            if has "$each" && "$each" info >/dev/null 2>&1; then ENGINE=$each && break; fi
        done
    fi
    [ -n "$ENGINE" ] || lacking "neither docker nor podman works on this agent: set ENGINE"
    container=check-$APP-$$
    # as in the chart: not root, no rights, a file system that can't be written but for /tmp
    # shellcheck disable=SC2086
    $ENGINE run --detach --name "$container" --publish "127.0.0.1::$PORT" --user "$RUN_AS:$RUN_AS" --read-only --tmpfs /tmp \
        --cap-drop ALL --security-opt no-new-privileges ${RUN_OPTIONS:-} "$IMAGE" >"$work/run" 2>&1 || {
        cat "$work/run" >&2
        fail "image: $IMAGE does not start"
    }
    # shellcheck disable=SC2086
    published=$($ENGINE port "$container" "$PORT/tcp" 2>/dev/null | sed -n 's/.*:\([0-9][0-9]*\)$/\1/p' | head -n 1)
    if answers "http://$CHECK_HOST:${published:-$PORT}$HEALTH_PATH" alive; then
        good "image: $IMAGE starts as user $RUN_AS and answers on port $PORT at $HEALTH_PATH"
        return
    fi
    # shellcheck disable=SC2086
    $ENGINE logs "$container" 2>&1 | tail -n 50 >&2
    alive || fail "image: $IMAGE ended by itself; above are its last words"
    fail "image: $IMAGE runs, but on port $PORT at $HEALTH_PATH $(told), within $PATIENCE s; PORT and HEALTH_PATH say what is expected"
}

# shellcheck disable=SC2086
alive() { [ "$($ENGINE inspect --format '{{.State.Running}}' "$container" 2>/dev/null)" = true ]; }

check_chart() {
    folder=${1:?give the folder of the application in a checkout of the GitOps repository}
    has helm || lacking "helm is not installed on this agent"
    [ -f "$folder/charts/Chart.yaml" ] || lacking "there is no chart in $folder/charts"
    set -- --values "$folder/values-dev.yaml"
    if [ -n "${IMAGE:-}" ]; then
        name=${IMAGE%@*}
        case ${name##*/} in *:*) set -- "$@" --set-string "image.tag=${name##*:},image.digest=" ;; esac
    fi
    helm lint --strict --quiet "$folder/charts" "$@" >"$work/lint" 2>&1 || {
        cat "$work/lint" >&2
        fail "chart: helm lint finds mistakes"
    }
    helm template --namespace "$NAMESPACE" "$SERVICE" "$folder/charts" "$@" >"$work/manifests" 2>"$work/words" || {
        cat "$work/words" >&2
        fail "chart: it does not render with values-dev.yaml"
    }
    grep -q "containerPort: $PORT\$" "$work/manifests" || fail "chart: the container's port in the chart is not $PORT"
    good "chart: it renders with values-dev.yaml, and the container's port is $PORT"
}

check_service() {
    needs_a_client
    if [ -n "${SERVICE_URL:-}" ]; then
        answers "${SERVICE_URL%/}$HEALTH_PATH" true || fail "service: at $SERVICE_URL $(told), within $PATIENCE s"
        good "service: $SERVICE_URL answers"
        return
    fi
    has kubectl || lacking "kubectl is not installed on this agent, and SERVICE_URL is not set"
    deployed
    kubectl --namespace "$NAMESPACE" rollout status "deployment/$SERVICE" --timeout "${ROLLOUT_PATIENCE}s" >&2 ||
        fail "service: the pods of $SERVICE do not get ready in $NAMESPACE: kubectl --namespace $NAMESPACE describe pods shows why"
    kubectl --namespace "$NAMESPACE" port-forward --address 127.0.0.1 "service/$SERVICE" ":http" >"$work/forward" 2>&1 &
    forward=$!
    end=$(($(now) + PATIENCE))
    until port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$work/forward") && [ -n "$port" ]; do
        if ! kill -0 "$forward" 2>/dev/null || [ "$(now)" -ge "$end" ]; then
            cat "$work/forward" >&2
            fail "service: kubectl can't reach service $SERVICE in $NAMESPACE"
        fi
        sleep 1
    done
    answers "http://127.0.0.1:$port$HEALTH_PATH" true || fail "service: at service $SERVICE in $NAMESPACE $(told), within $PATIENCE s"
    good "service: $SERVICE answers in $NAMESPACE"
}

# Waits until the deployment names the image: until then the pods of the release before would answer.
deployed() {
    [ -n "${IMAGE:-}" ] || return 0
    end=$(($(now) + ROLLOUT_PATIENCE))
    while :; do
        live=$(kubectl --namespace "$NAMESPACE" get deployment "$SERVICE" \
            --output 'jsonpath={.spec.template.spec.containers[0].image}' 2>"$work/words") || live=
        case $live in "$IMAGE" | "$IMAGE"@*) return 0 ;; esac
        if [ "$(now)" -ge "$end" ]; then
            cat "$work/words" >&2
            fail "service: after $ROLLOUT_PATIENCE s deployment $SERVICE in $NAMESPACE runs ${live:-nothing}, not $IMAGE: see its application in Argo CD"
        fi
        sleep 3
    done
}

case ${1:-} in
    image) check_image ;;
    chart) check_chart "${2:-}" ;;
    service) check_service ;;
    *) lacking "say what: image, chart DIR, or service" ;;
esac
