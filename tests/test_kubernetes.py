"""The manifests: valid, of one piece, and what the app and the image expect."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from starlette.routing import Route

from ocr_demo.settings import Settings
from ocr_demo.teaching.promotion import COLLECTED
from ocr_demo.teaching.verdict import REFERENCE
from ocr_demo.web.owner import TOKEN
from tests.promoting import drawings
from tests.serving import built
from tests.test_requirements import PROJECT
from train import parse

FOLDER = PROJECT / "deploy" / "kubernetes"
KUSTOMIZATIONS = sorted(path.parent for path in FOLDER.rglob("kustomization.yaml"))
VERSIONS = ("1.30", kubernetes_validate.latest_version())
"""Kubernetes's, the oldest and the newest."""
SETTINGS = {f"OCR_DEMO_{setting.name.upper()}" for setting in fields(Settings)}
VARIABLES = SETTINGS | {"OCR_DEMO_HOME", REFERENCE, TOKEN, "FORWARDED_ALLOW_IPS"}
WITHOUT_SCHEMA = ("ServiceMonitor",)
"""No kind of Kubernetes itself."""

Manifest = dict[str, Any]


def read(folder: Path) -> Manifest:
    return yaml.safe_load((folder / "kustomization.yaml").read_text())


def manifests(folder: Path) -> list[Manifest]:
    """What a kustomization names, and what those name that it names."""
    found: list[Manifest] = []
    for resource in read(folder)["resources"]:
        path = folder / resource
        found += manifests(path) if path.is_dir() else [yaml.safe_load(path.read_text())]
    return found


ALL = manifests(FOLDER / "overlays" / "public") + manifests(FOLDER / "training")


def named(manifest: Manifest) -> str:
    return manifest["metadata"]["name"]


def of_kind(kind: str, name: str = "") -> Manifest:
    """The one of its kind, or of that name."""
    (found,) = (each for each in ALL if each["kind"] == kind and named(each) == (name or named(each)))
    return found


def pods() -> Iterator[tuple[str, Manifest]]:
    """The specification of each kind of pod, by the kind of what makes it."""
    for kind in ("Deployment", "Job"):
        yield kind, of_kind(kind)["spec"]["template"]["spec"]
    yield "CronJob", of_kind("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]


POD = pytest.mark.parametrize("pod", [pytest.param(pod, id=kind) for kind, pod in pods()])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_valid(version: str) -> None:
    validate(ALL, version)


def validate(resources: Sequence[Manifest], version: str) -> None:
    for resource in resources:
        if resource["kind"] not in WITHOUT_SCHEMA:
            kubernetes_validate.validate(resource, version, strict=True)


def test_no_file_is_left_out() -> None:
    named = {(folder / name).resolve() for folder in KUSTOMIZATIONS for name in read(folder)["resources"]}
    there = {path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert there == {path for path in named if path.is_file()}


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda folder: folder.name)
def test_what_a_kustomization_changes_is_there(folder: Path) -> None:
    asked, there = read(folder), manifests(folder)
    for patch in asked.get("patches", []):
        (hit,) = (each for each in there if patch["target"] == {"kind": each["kind"], "name": named(each)})
        for step in yaml.safe_load(patch["patch"]):
            *parents, last = step["path"].strip("/").split("/")
            for parent in parents:
                hit = hit[parent]
            assert step["op"] == "replace" and last in hit
    images = {container["image"] for _, pod in pods() for container in pod["containers"]}
    assert {image["name"] for image in asked.get("images", [])} <= images
    for generated in asked.get("configMapGenerator", []):
        assert {line.partition("=")[0] for line in generated["literals"]} <= VARIABLES


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda folder: folder.name)
def test_kustomize_builds_it(folder: Path) -> None:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed; the tests beside this one look at the same files")
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    resources = list(yaml.safe_load_all(done.stdout))
    kinds = [each["kind"] for each in resources if each["kind"] != "ConfigMap"]
    assert sorted(kinds) == sorted(each["kind"] for each in manifests(folder))
    validate(resources, VERSIONS[-1])


@POD
def test_a_pod_may_do_no_more_than_it_must(pod: Manifest) -> None:
    """As the level `restricted` of Kubernetes's pod security has it, and without writing to its own root."""
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= container["resources"]["limits"].keys()


@POD
def test_pods_share_one_volume_where_the_image_keeps_its_data(pod: Manifest) -> None:
    (container,) = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    claim = of_kind("PersistentVolumeClaim")
    assert "OCR_DEMO_HOME=/data" in (PROJECT / "deploy" / "Dockerfile").read_text()
    assert volumes[mounts["/data"]]["persistentVolumeClaim"] == {"claimName": named(claim)}
    assert "emptyDir" in volumes[mounts["/tmp"]]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


@POD
def test_kubernetes_sets_no_setting_by_itself(pod: Manifest) -> None:
    """Of a service ocr-demo it would tell each pod OCR_DEMO_PORT=tcp://…, and the app would not start."""
    assert pod["enableServiceLinks"] is False


def test_three_replicas_of_one_core_and_two_gib() -> None:
    deployment, autoscaler = of_kind("Deployment")["spec"], of_kind("HorizontalPodAutoscaler")["spec"]
    (container,) = deployment["template"]["spec"]["containers"]
    assert deployment["replicas"] == autoscaler["minReplicas"] == 3
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "2Gi"}
    assert autoscaler["scaleTargetRef"]["name"] == named(of_kind("Deployment"))


def test_what_selects_pods_finds_the_app_alone() -> None:
    labels = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("Service", "ocr-demo")["spec"]["selector"] == labels
    for job in (of_kind("Job"), of_kind("CronJob")["spec"]["jobTemplate"]):
        assert job["spec"]["template"]["metadata"]["labels"] != labels


def test_ports_are_called_what_others_call_them() -> None:
    (container,) = of_kind("Deployment")["spec"]["template"]["spec"]["containers"]
    service, monitor = of_kind("Service", "ocr-demo"), of_kind("ServiceMonitor")["spec"]
    assert container["ports"] == [{"name": "http", "containerPort": Settings.port}]
    assert [(port["name"], port["targetPort"]) for port in service["spec"]["ports"]] == [("http", "http")]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert reached("/") == service


def reached(path: str) -> Manifest:
    """The service that the ingress sends a path to: that of the longest prefix."""
    (rule,) = of_kind("Ingress")["spec"]["rules"]
    fitting = [
        each for each in rule["http"]["paths"] if f"{path}/".startswith(f"{each['path'].rstrip('/')}/")
    ]
    backend = max(fitting, key=lambda each: len(each["path"]))["backend"]["service"]
    service = of_kind("Service", backend["name"])
    assert backend["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
    return service


def test_the_world_sees_the_app_but_not_its_metrics() -> None:
    app = built()
    paths = {route.path for route in app.routes if isinstance(route, Route)} | {"/", "/gradio_api/queue/join"}
    hidden = {path for path in paths if "selector" not in reached(path)["spec"]}
    assert hidden == {"/metrics"}


def test_a_page_stays_with_its_replica() -> None:
    assert of_kind("Service", "ocr-demo")["spec"]["sessionAffinity"] == "ClientIP"
    assert of_kind("Ingress")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/affinity"] == "cookie"


def test_one_address_has_its_share_of_connections() -> None:
    """Each of the app's takes a file descriptor and memory for as long as a client likes."""
    most = of_kind("Ingress")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/limit-connections"]
    assert 64 < int(most) <= 256


def test_a_training_finds_the_volume_of_what_the_world_sees() -> None:
    """Both are put into one namespace, which the README names where it promotes what was trained."""
    (namespace,) = {read(folder)["namespace"] for folder in KUSTOMIZATIONS if "namespace" in read(folder)}
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"kubectl exec -n {namespace} deploy/{named(of_kind('Deployment'))} -- python" in readme


def test_what_is_asked_of_the_app_it_answers() -> None:
    (container,) = of_kind("Deployment")["spec"]["template"]["spec"]["containers"]
    asked = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    asked |= {endpoint["path"] for endpoint in of_kind("ServiceMonitor")["spec"]["endpoints"]}
    assert asked == {"/readyz", "/healthz", "/metrics"}
    assert asked <= {getattr(route, "path", "") for route in built().routes}
    assert {variable["name"] for variable in container["env"]} <= VARIABLES


def test_the_training_is_told_what_it_knows() -> None:
    (container,) = of_kind("Job")["spec"]["template"]["spec"]["containers"]
    options = parse(container["args"])
    assert options.output == "/data/trained"


def test_the_job_goes_on_with_a_run_or_begins_one(tmp_path: Path) -> None:
    (container,) = of_kind("Job")["spec"]["template"]["spec"]["containers"]
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\n[ "$2" != --resume ]\n')
    python.chmod(0o755)
    command = [*container["command"], "--name", "new"]
    done = subprocess.run(command, env={"PATH": f"{tmp_path}:/bin"}, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["train.py --resume --name new", "train.py --name new"]
    assert done.returncode == 0


def test_the_weekly_job_looks_for_what_was_collected(data_home: Path) -> None:
    (container,) = of_kind("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    command = [sys.executable, *container["command"][1:], *container["args"]]
    drawings(data_home / COLLECTED, "A", range(10, 11))
    done = subprocess.run(command, cwd=PROJECT, env=dict(os.environ), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["outcome"], told["new"]) == ("too few", 1)
