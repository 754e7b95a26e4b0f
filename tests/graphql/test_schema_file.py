"""The committed schema is the code's schema; mobile teams build against the file."""

from importlib import resources

import graphql

from mobile_hrp.schema import schema


def test_schema_graphql_equals_the_code() -> None:
    committed = resources.files("mobile_hrp.mobile_contract") / "schema.graphql"
    text = committed.read_text("utf-8")
    assert text == schema.as_str() + "\n", "run: mobile-hrp contract export"


def test_graphql_is_graphql_core_and_not_a_folder_of_ours() -> None:
    assert hasattr(graphql, "GraphQLSchema")
    assert "mobile_hrp" not in (graphql.__file__ or "")
