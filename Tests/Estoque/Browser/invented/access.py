"""Signing in, users, tokens and the audit log."""

import secrets

from .problem import Problem
from .router import one, page, route
from .world import now


def public(user):
    """A user without the password."""
    return {key: user[key] for key in ("id", "login", "name", "role", "active", "version", "createdAt", "lastLogin")}


@route("POST", "/api/login", None)
def login(world, call):
    body = call.json()
    for user in world.users:
        if user["login"] == body.get("login") and user["password"] == body.get("password") and user["active"]:
            session, csrf = secrets.token_hex(16), secrets.token_hex(16)
            world.sessions[session] = (user, csrf)
            user["lastLogin"] = now()
            world.record("login", f"user:{user['id']}", "", user)
            call.outgoing.append(("Set-Cookie", f"estoque_session={session}; HttpOnly; SameSite=Strict; Path=/"))
            return {"user": public(user), "csrf": csrf, "expiresAt": now(), "company": "Casa das Ferragens"}
    raise Problem(401, "Usuário ou senha não conferem.")


@route("POST", "/api/logout")
def logout(world, call):
    world.sessions.pop(call.session, None)


@route("GET", "/api/session")
def session(world, call):
    return {"user": public(call.user), "csrf": call.csrf, "expiresAt": now(), "company": "Casa das Ferragens"}


@route("POST", "/api/session/password")
def password(world, call):
    body = call.json()
    if body.get("old") != call.user["password"]:
        raise Problem(422, "A senha atual não confere.", [("old", "A senha atual não confere.")])
    call.user["password"] = body["new"]


@route("GET", "/api/tokens")
def tokens(world, call):
    return page([token for token in world.tokens if token["user"] == call.user["id"]], call.query)


@route("POST", "/api/tokens")
def create_token(world, call):
    body = call.json("name", "expiresAt")
    token = {
        "id": world.next_id("token"),
        "name": body["name"],
        "user": call.user["id"],
        "createdAt": now(),
        "expiresAt": body.get("expiresAt"),
        "usedAt": None,
    }
    world.tokens.append(token)
    return 201, {**token, "token": "est_" + secrets.token_hex(20)}


@route("DELETE", "/api/tokens/{id}")
def delete_token(world, call, id):
    world.tokens.remove(one(world.tokens, id))


@route("GET", "/api/users", "admin")
def users(world, call):
    return page([public(user) for user in world.users], call.query)


@route("POST", "/api/users", "admin")
def create_user(world, call):
    body = call.json("login", "name", "role", "password")
    if any(user["login"] == body["login"] for user in world.users):
        raise Problem(422, "Já existe.", [("login", "Já existe um usuário com este nome.")])
    user = {
        "id": world.next_id("user", 4),
        "version": 1,
        "active": True,
        "createdAt": now(),
        "lastLogin": None,
        **{key: body[key] for key in ("login", "name", "role", "password")},
    }
    world.users.append(user)
    world.record("user.create", f"user:{user['id']}", user["login"], call.user)
    return 201, public(user)


@route("GET", "/api/users/{id}", "admin")
def get_user(world, call, id):
    user = one(world.users, id)
    call.etag(user["version"])
    return public(user)


@route("PATCH", "/api/users/{id}", "admin")
def change_user(world, call, id):
    user = one(world.users, id)
    call.match(user["version"])
    body = call.json("name", "role", "active", "password")
    user.update({key: body[key] for key in ("name", "role", "active", "password") if key in body})
    user["version"] += 1
    world.record("user.update", f"user:{id}", " ".join(sorted(set(body) - {"password"})), call.user)
    return public(user)


@route("GET", "/api/audit", "admin")
def audit(world, call):
    query = call.query
    entries = [
        entry
        for entry in reversed(world.audit)
        if (not query.get("user") or str(entry["user"]) == query["user"])
        and entry["action"].startswith(query.get("action") or "")
        and (not query.get("from") or entry["happenedAt"][:10] >= query["from"])
        and (not query.get("to") or entry["happenedAt"][:10] <= query["to"])
    ]
    return page(entries, query)
