"""The admin API's paths of users: who there is, and what each may do. For admins."""

from typing import Any, Final

from flask import Blueprint, Response

from router.history.call_view import instant
from router.runtime.administration import users
from router.runtime.administration.passwords import LONGEST
from router.runtime.administration.roles import ADMIN, ROLES
from router.runtime.records import User
from router.web.api_objects import reply
from router.web.identities import actor, identity
from router.web.json_bodies import read_json
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts

NEW: Final = ("name", "role", "password")
CHANGEABLE: Final = ("role", "password", "has_codes")


def user_routes(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/users")
    def list_users() -> Response:
        return reply({"users": [_object(parts, user) for user in parts.store.users()]})

    @blueprint.post("/users")
    def add_user() -> Response:
        """One without a password logs in by the provider."""
        given = _body(NEW)
        if not isinstance(given.get("name"), str) or parts.store.user_by_name(given["name"]) is not None:
            raise Problem(409 if isinstance(given.get("name"), str) else 400, "name is a text that no other user has")
        role = _role(given.get("role"))
        password = _password(given["password"]) if given.get("password") is not None else None
        user = users.add_user(parts.store, actor(parts.settings), name=given["name"], role=role, password=password)
        return reply(_object(parts, user), 201)

    _change(blueprint, parts)


def _change(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.patch("/users/<name>")
    def change_user(name: str) -> Response:
        """Another role, another password, or no one-time codes any more; all sessions of the user end."""
        user, given = _user(parts, name), _body(CHANGEABLE)
        by = actor(parts.settings)
        if given.get("has_codes", False) is not False:
            raise Problem(400, "has_codes can only be set to false: a user begins with codes by logging in")
        role = _role(given["role"]) if "role" in given else user.role
        if role != user.role:
            _demand_other_admin(parts, user)
            users.set_role(parts.store, by, name, role)
        if "password" in given:
            users.set_password(parts.store, by, name, _password(given["password"]))
        if "has_codes" in given:
            users.drop_codes(parts.store, by, name)
        return reply(_object(parts, _user(parts, name)))

    @blueprint.delete("/users/<name>")
    def remove_user(name: str) -> Response:
        _demand_other_admin(parts, _user(parts, name))
        return reply(_object(parts, users.remove_user(parts.store, actor(parts.settings), name)))

    @blueprint.delete("/users/<name>/sessions")
    def end_sessions(name: str) -> Response:
        """Log a user out everywhere."""
        _user(parts, name)
        return reply(_object(parts, users.end_sessions(parts.store, actor(parts.settings), name)))


def _demand_other_admin(parts: RouterParts, user: User) -> None:
    """People who lock themselves out by a click would need the machine to get in again."""
    others = any(one.role == ADMIN and one.user_id != user.user_id for one in parts.store.users())
    if user.role == ADMIN and not others and identity().known is not None:
        raise Problem(409, f"{user.name} is the only admin: make another one first, or use `ivr user` on the machine")


def _object(parts: RouterParts, user: User) -> dict[str, Any]:
    found = users.user_object(user, len(parts.store.sessions(user.user_id)))
    return {**found, "created": instant(user.created)}


def _user(parts: RouterParts, name: str) -> User:
    found = parts.store.user_by_name(name)
    if found is None:
        raise Problem(404, "there is no such user")
    return found


def _body(fields: tuple[str, ...]) -> dict[str, Any]:
    given = read_json()
    if not isinstance(given, dict) or not given or not given.keys() <= set(fields):
        raise Problem(400, f"the body is an object with some of {', '.join(fields)}")
    return given


def _role(given: Any) -> str:
    if given not in ROLES:
        raise Problem(400, f"role is one of {', '.join(ROLES)}")
    return str(given)


def _password(given: Any) -> str:
    if not isinstance(given, str) or len(given) > LONGEST:
        raise Problem(400, f"password is a text of at most {LONGEST} characters")
    return given
