"""The one schema of the process: every query, mutation and subscription put together."""

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from mobile_hrp.graphql.admission import Admission
from mobile_hrp.graphql.scalars import SCALARS
from mobile_hrp.graphql.told import TellingExecution
from mobile_hrp.resolvers.registry import MUTATIONS, QUERIES, SUBSCRIPTIONS

Query = merge_types("Query", QUERIES)
Mutation = merge_types("Mutation", MUTATIONS)
Subscription = merge_types("Subscription", SUBSCRIPTIONS) if SUBSCRIPTIONS else None


class HrpSchema(strawberry.Schema):
    """Leaves the logging of errors to the edge, which masks and classifies them."""

    def process_errors(self, *_: object, **__: object) -> None:
        """Strawberry would log each error with its query text; that may hold personal data."""


schema = HrpSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    # not sort_schema: Strawberry 0.341 rebuilds the types for it and enum inputs arrive as text
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    extensions=[Admission],
    execution_context_class=TellingExecution,
)
