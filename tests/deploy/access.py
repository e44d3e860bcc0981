"""Who may do what, read from Terraform, and what must never be there."""

import re

import table
from terraform import blocks, expression, files, plain, texts

# Resources that give one role to one account, and the argument that says to whom.
GIVES = {
    "google_project_iam_member": "member",
    "google_bigquery_dataset_access": "user_by_email",
    "google_bigquery_dataset_iam_member": "member",
    "google_storage_bucket_iam_member": "member",
    "google_storage_managed_folder_iam_member": "member",
    "google_secret_manager_secret_iam_member": "member",
    "google_cloud_run_v2_job_iam_member": "member",
    "google_service_account_iam_member": "member",
}
# Every other way of giving access: they replace what others have given, or are of the time before roles.
OTHER_WAYS = re.compile(r"_iam_|_acl$|_access_control$|_access$|^google_project_iam")
KEYS = re.compile(r"service_account_key|hmac_key|_api_key|apikeys")
BASIC_OR_ADMIN = re.compile(r"^roles/(owner|editor|viewer|browser)$|admin|owner", re.IGNORECASE)
# Roles that no smaller thing than a project can carry, and that show no data.
OF_PROJECTS = {"roles/bigquery.jobUser", "roles/bigquery.readSessionUser"}
EVERYONE = re.compile(r"allUsers|allAuthenticatedUsers")
PUBLIC = ("google_storage_managed_folder_iam_member", "roles/storage.objectViewer", "release folder")

PLACES = {
    "var.project": "project",
    "var.ga4_dataset": "GA4 export",
    "google_bigquery_dataset.inkling.dataset_id": "dataset inkling",
    "google_bigquery_dataset.reporting.dataset_id": "dataset inkling_reporting",
    "var.reporting_dataset": "dataset inkling_reporting",
    "google_storage_bucket.staging.name": "staging bucket",
    "google_storage_bucket.store.name": "store bucket",
    "var.store_bucket": "store bucket",
    "google_storage_managed_folder.release.name": "release folder",
    "var.mail.password_secret": "SMTP password",
    "var.profile_secret": "site profile",
    "google_service_account.release.name": "account inkling-release",
}
# A folder of the store, or one object.
STORE = r'projects/_/buckets/\$\{(?:var\.store_bucket|google_storage_bucket\.store\.name)\}/objects/\$\{var\.(?:store_)?prefix\}/'
PART = re.compile(rf'^resource\.name(?:\.startsWith\("{STORE}([a-z]+/)"\)| == "{STORE}([a-z.]+)")$')


def place(block):
    """Where a role holds, in the table's words; None when that cannot be told."""
    body = block.body
    arguments = {
        "google_project_iam_member": "project",
        "google_bigquery_dataset_access": "dataset_id",
        "google_bigquery_dataset_iam_member": "dataset_id",
        "google_storage_bucket_iam_member": "bucket",
        "google_storage_managed_folder_iam_member": "managed_folder",
        "google_secret_manager_secret_iam_member": "secret_id",
        "google_cloud_run_v2_job_iam_member": "name",
        "google_service_account_iam_member": "service_account_id",
    }
    where = expression(body.get(arguments[block.type])) or ""
    job = re.fullmatch(r'google_cloud_run_v2_job\.job\["([a-z-]+)"\]\.name', where)
    found = f"job {job[1]}" if job else PLACES.get(where)
    for condition in body.get("condition", []):
        part = PART.match(plain(condition.get("expression", "")))
        found = f"{found}, {part[1] or part[2]}" if found and part else None
    return found


def account(block, ids):
    """To whom a role is given, in the table's words; None when that cannot be told."""
    value = block.body.get(GIVES[block.type])
    if plain(value) == "allUsers":
        return "everyone"
    if value == "${each.value}":
        listed = re.fullmatch(r"toset\(var\.([a-z_]+)\)", expression(block.body.get("for_each")) or "")
        return listed[1] if listed else None
    named = re.fullmatch(r"google_service_account\.([a-z_]+)\.(member|email)", expression(value) or "")
    return ids.get(named[1]) if named else None


def read(root):
    """The grants as (account, role, place), and what is wrong with each."""
    everything = list(blocks(root))
    ids = {b.name: plain(b.body["account_id"]) for b in everything if b.type == "google_service_account"}
    found, wrong = set(), []
    for block in everything:
        if KEYS.search(block.type):
            wrong.append(f"{block}: a key that could be stolen")
        if block.type == "google_bigquery_dataset" and "access" in block.body:
            wrong.append(f"{block}: access inside of a dataset replaces what others have given")
        if block.type == "google_cloud_run_v2_job" and "service_account" not in texts(block.body):
            wrong.append(f"{block}: without an account of its own it has the project's default one")
        if block.type not in GIVES:
            if OTHER_WAYS.search(block.type):
                wrong.append(f"{block}: roles are given one by one, by {', '.join(sorted(GIVES))}")
            continue
        if block.type == "google_bigquery_dataset_access" and "role" not in block.body:
            if set(block.body) - {"project", "dataset_id", "dataset", "__is_block__", "__comments__"}:
                wrong.append(f"{block}: neither a role nor an authorised dataset")
            continue
        role = plain(block.body.get("role"))
        grant = (account(block, ids), role, place(block))
        wrong += judge(block, *grant)
        if None not in grant:
            found.add((grant[0], role.removeprefix("roles/"), grant[2]))
    return found, wrong + hidden(root)


def judge(block, who, role, where):
    """What is wrong with one grant."""
    if not isinstance(role, str) or not role.startswith("roles/"):
        return [f"{block}: the role must stand here in full, not {role}"]
    wrong = []
    if BASIC_OR_ADMIN.search(role):
        wrong.append(f"{block}: {role} is a basic or administrator's role")
    if block.type == "google_project_iam_member" and role not in OF_PROJECTS:
        wrong.append(f"{block}: {role} must not hold for the whole project")
    if who is None:
        wrong.append(f"{block}: cannot tell to whom {role} is given")
    if where is None:
        wrong.append(f"{block}: cannot tell where {role} holds")
    if who == "everyone" and (block.type, role, where) != PUBLIC:
        wrong.append(f"{block}: everyone may read the folder of the release, and nothing else")
    return wrong


def hidden(root):
    """Roles, everyone and credentials outside of the resources that are read above."""
    wrong = []
    for file, content in files(root):
        if {"credentials", "access_token"} & set(texts(content.get("provider", []))):
            wrong.append(f"{file}: whoever applies brings their own credentials")
        for entry in content.get("resource", []):
            for type_, named in entry.items():
                for body in named.values() if plain(type_) in GIVES else []:
                    body.pop("role", None)
                    body.pop("member", None)
        for text in texts(content):
            if "roles/" in text:
                wrong.append(f"{file}: a role outside of the argument `role`: {text}")
            if EVERYONE.search(text):
                wrong.append(f"{file}: everyone is named outside of the argument `member`: {text}")
    return wrong


def problems(root):
    """What is wrong with the access that Terraform gives."""
    found, wrong = read(root)
    written = table.grants(root)
    wrong += [f"Terraform, but not docs/GOOGLE_CLOUD.md: {table.words(g)}" for g in sorted(found - written)]
    wrong += [f"docs/GOOGLE_CLOUD.md, but not Terraform: {table.words(g)}" for g in sorted(written - found)]
    return wrong
