"""Reads the folder it is given on a cluster of two nodes on this machine; prints the answers, a line each."""

import json
import sys

import ray
from ray.cluster_utils import Cluster

from ocr_demo.checkpoint import CHECKPOINTS
from ocr_demo.reading.bulk import Readers
from ocr_demo.reading.ray_stage import read_with_ray

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    cluster.add_node(num_cpus=2)
    ray.init(address=cluster.address, log_to_driver=False)
    rows = read_with_ray(sys.argv[1], Readers(CHECKPOINTS, "latin"), most=2).take_all()
    print(json.dumps({"nodes": len(ray.nodes()), "answers": [json.loads(row["answer"]) for row in rows]}))
    ray.shutdown()
    cluster.shutdown()
