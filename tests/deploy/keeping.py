"""What `terraform destroy` lets go of: whatever holds something asks `protected`, so that one setting decides."""

from terraform import blocks, expression

# The argument of each resource that says whether it goes with what is in it, and whether true means that it stays.
HOLDERS = {
    "google_bigquery_dataset": ("delete_contents_on_destroy", False),
    "google_cloud_run_v2_job": ("deletion_protection", True),
    "google_storage_bucket": ("force_destroy", False),
    "google_storage_managed_folder": ("force_destroy", False),
}
STAYS, GOES = "var.protected", {"!var.protected", "var.force_destroy"}
# Files that live three days go in any case.
ALWAYS = {"google_storage_bucket.staging"}


def problems(root):
    """Holders of something that destroy would trip over, or would take by accident."""
    wrong = []
    for block in blocks(root):
        argument, stays = HOLDERS.get(block.type, (None, None))
        name = f"{block.type}.{block.name}"
        if argument is None or name in ALWAYS:
            continue
        value = block.body.get(argument)
        said = expression(value) or value
        if said not in ({STAYS} if stays else GOES):
            wrong.append(f"{block}: {argument} is {said}; `protected` decides about it")
    return wrong
